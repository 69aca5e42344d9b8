// The slots that classes keep for later methods. A driver's table names them, so they are exported and are functions; who
// calls one learns which.
#include <IOKit/audio/IOAudioPads.h>
