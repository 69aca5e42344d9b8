// A loopback driver in C: one device of two channels, as plain as can be, with what C drivers import. Each -DDEFECT_…
// plants one defect, which the tests want to be told of by name.
#include "hal.h"

enum { PLUGIN = 1, DEVICE = 2, INPUT = 3, OUTPUT = 4, VOLUME = 5, BOX = 6, CHANNELS = 2, PERIOD = 8192, RING = 16384, UTF8 = 0x08000100 };
#ifdef DEFECT_CLOCK_APART
// A second device, with two streams, which has all but the clock from the first.
enum { SECOND = 7, LAST = 9 };
#else
enum { LAST = BOX };
#endif
enum { WHO = 'who?', SIZE = '!siz', NOPE = 'nope' };

static Host *host;
static Mutex lock = {0x32AAABA7};
static float *ring;
static uint64_t anchor, stamps;
static uint32_t clients;
static double rate = 48000;
static float gain = 1;
static float volume = 1;
static uint32_t acquired = 1;
static const double rates[] = {44100, 48000, 96000};
// The end of what was written, by anybody and by each client.
static uint64_t head, ends[8];
// The first frame that is heard.
static uint64_t awake;
static uint64_t heard;
static _Thread_local int calls = 40;

static double ticks_per_frame(void)
{
	Timebase base;
	mach_timebase_info(&base);
#ifdef DEFECT_DRIFTS
	return 1e9 * base.denom / base.numer / rate * 1.0001;
#endif
	return 1e9 * base.denom / base.numer / rate;
}

static int query(void *self, CFUUIDBytes bytes, void **out)
{
	CFTypeRef wanted = CFUUIDCreateFromUUIDBytes(NULL, bytes);
	CFTypeRef own = CFUUIDGetConstantUUIDWithBytes(NULL, 0xEE, 0xA5, 0x77, 0x3D, 0xCC, 0x43, 0x49, 0xF1, 0x8E, 0x00,
	                                               0x8F, 0x96, 0xE7, 0xD2, 0x3B, 0x17);
	int known = CFEqual(wanted, own);
	CFRelease(wanted);
#ifdef DEFECT_RELEASES_TWICE
	CFRelease(wanted);
#endif
	*out = known ? self : NULL;
	return known ? 0 : (int)0x80000004;
}

static uint32_t hold(void *self) { return 1; }

#ifdef DEFECT_MISSING_FUNCTION
void IOSurfaceCreate(void *);
#endif

// In C++.
int worker_check(void);

// All of it may be wrong at once: a function that fails says which part.
static int check(void)
{
	CFTypeRef bundle = CFBundleGetBundleWithIdentifier(STRING("org.loopflower.test.C"));
	CFTypeRef number = bundle ? CFBundleGetValueForInfoDictionaryKey(bundle, STRING("Answer")) : NULL;
	int answer = 0;
	if (!number || CFGetTypeID(number) != CFNumberGetTypeID() || !CFNumberGetValue(number, 3, &answer) || answer != 42)
		return 1;
	CFTypeRef text = CFStringCreateWithFormat(NULL, NULL, STRING("%s %d %.2f %@"), "a", -7, 0.25, STRING("ü"));
	CFTypeRef same = CFStringCreateWithCString(NULL, "a -7 0.25 ü", UTF8);
	int differs = CFStringCompare(text, same, 0) != 0 || CFGetTypeID(text) != CFStringGetTypeID();
	CFRelease(text);
	CFRelease(same);
	if (differs)
		return 2;
	if (CFGetTypeID(kCFBooleanTrue) != CFBooleanGetTypeID() || CFBooleanGetValue(kCFBooleanFalse))
		return 3;
	CFTypeRef url = CFBundleCopyResourceURL(bundle, STRING("icon"), STRING("icns"), NULL);
	if (!url)
		return 4;
	CFRelease(url);
	if (powf(10, log10f(100)) < 99.9f)
		return 5;
	CFTypeRef stored = kCFBooleanFalse;
	host->write(host, STRING("key"), kCFBooleanTrue);
	host->copy(host, STRING("key"), &stored);
	if (stored != kCFBooleanTrue)
		return 6;
	CFRelease(stored);
	calls += 2;
	return calls == 42 ? worker_check() : 7;
}

// The volume of the last time, if that is what is stored.
static int restore(void)
{
	CFTypeRef stored = NULL;
	float level;
	host->copy(host, STRING("volume"), &stored);
	if (!stored)
		return 0;
	int is_level = CFGetTypeID(stored) == CFNumberGetTypeID() && CFNumberGetValue(stored, 12, &level);
	CFRelease(stored);
#ifdef DEFECT_TRUSTS_STORAGE
	if (!is_level)
		return 8;
#endif
#ifdef DEFECT_FORGETS
	is_level = 0;
#endif
	if (is_level && level >= 0 && level <= 1)
		volume = gain = level;
	return 0;
}

static void tell(uint32_t object, uint32_t selector)
{
	Address address = {selector, 'glob', 0};
	host->changed(host, object, 1, &address);
}

static int initialize(void *self, Host *given)
{
	host = given;
#ifdef DEFECT_HANGS
	for (;;)
		__asm__ volatile("pause");
#endif
#ifdef DEFECT_MISSING_FUNCTION
	IOSurfaceCreate(self);
#endif
	int failed = check();
	if (!failed)
		failed = restore();
	syslog(5, "C driver: check %d of %s", failed, "libraries");
	return failed;
}

static int client(void *self, uint32_t device, const void *info) { return 0; }

static int perform(void *self, uint32_t device, uint64_t action, void *info)
{
	rate = (double)action;
	return 0;
}

static int give_up(void *self, uint32_t device, uint64_t action, void *info)
{
#ifdef DEFECT_ABORT_CHANGES
	return perform(self, device, action, info);
#endif
	return 0;
}

// The value of a property: its bytes; 0 if there is none.
static uint32_t value(uint32_t object, const Address *address, char *to)
{
	uint32_t input = address->scope != 'outp', output = address->scope != 'inpt', word = 0, size = 4;
	uint32_t words[3] = {0};
	if (object < PLUGIN || object > LAST || (address->scope != 'glob' && input && output))
		return 0;
#ifdef DEFECT_CLOCK_APART
	if (object == PLUGIN && address->selector == 'dev#') {
		words[0] = DEVICE, words[1] = SECOND;
		if (to) memcpy(to, words, 8);
		return 8;
	}
	if (object >= SECOND) {
		size = value(object - SECOND + DEVICE, address, to);
		if (to && address->selector == 'stm#')
			for (uint32_t stream = 0; stream < size / 4; stream++)
				((uint32_t *)to)[stream] += SECOND - DEVICE;
		return size;
	}
#endif
	switch (address->selector) {
	case 'clas': {
		static const uint32_t classes[] = {0, 'aplg', 'adev', 'astr', 'astr', 'vlme', 'abox'};
		word = classes[object];
		break;
	}
	case 'dev#': word = DEVICE; size = object == PLUGIN && acquired ? 4 : 0; break;
	case 'ownd':
		words[0] = object == PLUGIN ? BOX : INPUT, words[1] = object == PLUGIN ? DEVICE : OUTPUT, words[2] = VOLUME;
		size = object == PLUGIN ? 4 + 4 * acquired : object == DEVICE ? 12 : 0;
		if (to) memcpy(to, words, size);
		return size;
	case 'box#': word = BOX; size = object == PLUGIN ? 4 : 0; break;
	case 'bxon': word = acquired; size = object == BOX ? 4 : 0; break;
	case 'lcsv': memcpy(&word, &volume, 4); size = object == VOLUME ? 4 : 0; break;
	case 'nsr#':
		for (size = 0; size < 3; size++)
			if (to) memcpy(to + 16 * size, &rates[size], 8), memcpy(to + 16 * size + 8, &rates[size], 8);
		return object == DEVICE ? 16 * size : 0;
	case 'ring': word = PERIOD; break;
#ifdef DEFECT_KNOWS_TOO_MUCH
	case 'noth':
#endif
	case 'ltnc': case 'saft': break;
	case 'sdir': word = object == INPUT; break;
	case 'lnam': case 'uid ': {
#ifdef DEFECT_WRONG_SIZE
		if (!to && address->selector == 'uid ')
			return 4;
#endif
		if (to) {
			CFTypeRef text = CFRetain(address->selector == 'lnam' ? STRING("C driver") : STRING("C:1"));
			memcpy(to, &text, 8);
		}
		return 8;
	}
#ifdef DEFECT_MISCOUNTS
	case 'lmak':
		if (to) {
			CFTypeRef text = CFRetain(STRING("C maker"));
			memcpy(to, &text, 8);
		}
		return to ? 8 : 4;
#endif
#ifdef DEFECT_IS_OPEN
	case 'hidn': break;
#endif
	case 'nsrt': if (to) memcpy(to, &rate, 8); return object == DEVICE ? 8 : 0;
	case 'stm#':
		if (input) words[0] = INPUT;
		if (output) words[input] = OUTPUT;
		if (to) memcpy(to, words, 4 * (input + output));
		return 4 * (input + output);
	case 'sfmt': {
		Format format = {rate, 'lpcm', 9, 4 * CHANNELS, 1, 4 * CHANNELS, CHANNELS, 32, 0};
		if (to) memcpy(to, &format, sizeof format);
		return object == INPUT || object == OUTPUT ? sizeof format : 0;
	}
	default: size = 0;
	}
	if (to && size) memcpy(to, &word, size);
	return size;
}

static uint8_t has(void *self, uint32_t object, int pid, const Address *address)
{
	// The list of devices is there when it is empty.
	return value(object, address, 0) > 0 || (object == PLUGIN && address->selector == 'dev#' && address->scope == 'glob');
}

static int settable(void *self, uint32_t object, int pid, const Address *address, uint8_t *out)
{
	*out = address->selector == 'nsrt' || address->selector == 'lcsv' || address->selector == 'bxon';
#ifdef DEFECT_IS_OPEN
	// Any program can hide the device from all others.
	*out |= address->selector == 'hidn';
#endif
	return 0;
}

static int size(void *self, uint32_t object, int pid, const Address *address, uint32_t n, const void *q, uint32_t *out)
{
	*out = value(object, address, 0);
	return has(self, object, pid, address) ? 0 : WHO;
}

static int get(void *self, uint32_t object, int pid, const Address *address, uint32_t n, const void *q, uint32_t room,
               uint32_t *used, void *to)
{
	char buffer[64];
	*used = value(object, address, buffer);
	if (!has(self, object, pid, address))
		return WHO;
#ifdef DEFECT_WRONG_SIZE
	memcpy(to, buffer, *used);
	return 0;
#endif
#ifdef DEFECT_LISTS_OVERRUN
	if (address->selector == 'stm#') {
		memcpy(to, buffer, *used);
		return 0;
	}
#endif
	if (*used > room)
		return SIZE;
	__builtin___memcpy_chk(to, buffer, *used, room);
	return 0;
}

static int set(void *self, uint32_t object, int pid, const Address *address, uint32_t n, const void *q, uint32_t size,
               const void *from)
{
	if (object == VOLUME && address->selector == 'lcsv' && size == 4) {
		float before = volume;
		memcpy(&volume, from, 4);
		gain = volume;
#ifdef DEFECT_TELLS_ALWAYS
		before = -1;
#endif
		if (volume == before)
			return 0;
#ifndef DEFECT_TELLS_NOBODY
		tell(VOLUME, 'lcsv');
#endif
		CFTypeRef number = CFNumberCreate(NULL, 12, &volume);
		host->write(host, STRING("volume"), number);
		CFRelease(number);
		return 0;
	}
	if (object == BOX && address->selector == 'bxon' && size == 4) {
		uint32_t before = acquired;
		memcpy(&acquired, from, 4);
		if (acquired != before) {
			tell(BOX, 'bxon');
#ifndef DEFECT_BOX_IS_SILENT
			tell(PLUGIN, 'dev#');
#endif
		}
		return 0;
	}
	if (address->selector != 'nsrt' || size != 8)
		return WHO;
	double wanted;
	memcpy(&wanted, from, 8);
#ifdef DEFECT_CHANGES_AT_ONCE
	rate = wanted;
#endif
	// Captures by value, as a block that outlives its maker must.
	dispatch_async(dispatch_get_global_queue(0, 0), ^{ host->request(host, DEVICE, (uint64_t)wanted, NULL); });
	return 0;
}

static int start(void *self, uint32_t device, uint32_t client)
{
	pthread_mutex_lock(&lock);
#ifdef DEFECT_DEADLOCK
	pthread_mutex_lock(&lock);
#endif
#ifdef DEFECT_CRASHES
	*(volatile int *)16 = 1;
#endif
	if (clients++ == 0) {
#ifdef DEFECT_SLEEPS_IN
		// Half a second of silence, but for the first time.
		static int starts;
		awake = starts++ > 0 ? (uint64_t)(rate / 2) : 0;
#endif
#ifdef DEFECT_KEEPS_RING
		if (!ring)
#endif
			ring = calloc(RING * CHANNELS, sizeof(float));
		anchor = mach_absolute_time();
		stamps = 0;
#ifdef DEFECT_HOARDS
		// Nobody gives it back.
		static void *hoard;
		void *more = calloc(1, 1 << 16);
		memcpy(more, &hoard, sizeof hoard);
		hoard = more;
#endif
		heard = 0;
		head = 0;
		memset(ends, 0, sizeof ends);
		dispatch_after(dispatch_time(0, 1000000), dispatch_get_global_queue(0, 0), ^{ heard++; });
	}
#ifndef DEFECT_KEEPS_LOCK
	pthread_mutex_unlock(&lock);
#endif
	return 0;
}

static int stop(void *self, uint32_t device, uint32_t client)
{
	if (--clients == 0) {
#ifndef DEFECT_KEEPS_RING
		free(ring);
		ring = NULL;
#endif
	}
	return heard == 1 ? 0 : NOPE;
}

static int stamp(void *self, uint32_t device, uint32_t client, double *sample, uint64_t *time, uint64_t *seed)
{
	double period = ticks_per_frame() * PERIOD;
#ifdef DEFECT_LAGS
	stamps += (double)(mach_absolute_time() - anchor) >= (double)(stamps + 1) * period;
#else
	stamps = (uint64_t)((double)(mach_absolute_time() - anchor) / period);
#endif
#ifdef DEFECT_SKIPS_STAMPS
	// Every other one only.
	stamps &= ~1ull;
#endif
	*sample = (double)(stamps * PERIOD);
	*time = anchor + (uint64_t)((double)stamps * period);
#ifdef DEFECT_CLOCK_APART
	*time += device == SECOND ? stamps * 1000 : 0;
#endif
#ifdef DEFECT_JITTERS
	// The time at which somebody happened to ask.
	static uint64_t known, asked;
	if (stamps == 0 || known != stamps)
		asked = stamps == 0 ? anchor : mach_absolute_time();
	known = stamps;
	*time = asked;
#endif
	*seed = 1;
	return 0;
}

static int will(void *self, uint32_t device, uint32_t client, uint32_t operation, uint8_t *does, uint8_t *in_place)
{
	*does = operation == 'read' || operation == 'rite';
	*in_place = 1;
	return 0;
}

static int mark(void *self, uint32_t device, uint32_t client, uint32_t operation, uint32_t n, const Cycle *cycle)
{
	return 0;
}

static int io(void *self, uint32_t device, uint32_t stream, uint32_t client, uint32_t operation, uint32_t n,
              const Cycle *cycle, void *main, void *second)
{
#ifdef DEFECT_LATE
	if (operation == 'rite')
		((Cycle *)cycle)->output.sample += 512;
#endif
#ifdef DEFECT_QUIET
	gain = 0.5f;
#endif
#ifdef DEFECT_ALLOCATES
	void *volatile block = calloc(n, 1);
	free(block);
#endif
#ifdef DEFECT_LOCKS
	pthread_mutex_lock(&lock);
	pthread_mutex_unlock(&lock);
#endif
#ifdef DEFECT_DAWDLES
	for (uint32_t word = 0; word < n; word++)
		__asm__ volatile("pause");
#endif
#ifdef DEFECT_TOUCHES_MORE
	for (uint32_t word = 0; word < n; word++)
		((volatile float *)ring)[word] = ((volatile float *)ring)[word];
#endif
	uint64_t first = (uint64_t)(operation == 'read' ? cycle->input.sample : cycle->output.sample);
	float *samples = main;
#ifdef DEFECT_DROPS_LATE
	if (operation == 'rite' && (double)first * ticks_per_frame() < (double)(mach_absolute_time() - anchor))
		return 0;
#endif
#ifdef DEFECT_DROPS_LATE_ENDS
	if (operation == 'rite' && first % PERIOD + n > PERIOD && (double)first * ticks_per_frame() < (double)(mach_absolute_time() - anchor))
		return 0;
#endif
	if (operation == 'rite') {
		// What nobody wrote is silent.
		uint64_t gap = head + RING < first + n ? first + n - RING : head;
		for (uint64_t frame = gap; frame < first; frame++)
			vDSP_vclr(ring + frame % RING * CHANNELS, 1, CHANNELS);
		for (uint64_t frame = first; frame < first + n; frame++, samples += CHANNELS) {
			float *place = ring + frame % RING * CHANNELS, before[CHANNELS] = {0};
#ifdef DEFECT_SKIPS_END
			if (frame % RING == RING - 1)
				continue;
#endif
			int adds = frame < head && frame >= ends[client % 8];
#ifndef DEFECT_OVERWRITES
			if (adds)
				memcpy(before, place, sizeof before);
#endif
			// At unity nothing is computed: a processor does not leave every NaN as it is.
			if (gain == 1)
				memcpy(place, samples, sizeof before);
			else
				vDSP_vsmul(samples, 1, &gain, place, 1, CHANNELS);
			for (int channel = 0; adds && channel < CHANNELS; channel++)
				place[channel] += before[channel];
		}
		head = head > first + n ? head : first + n;
		ends[client % 8] = first + n;
		return 0;
	}
	for (uint64_t frame = first; frame < first + n; frame++, samples += CHANNELS) {
		int is_there = frame < head && frame + RING >= head && frame >= awake;
#ifdef DEFECT_STALE
		is_there = 1;
#endif
#ifdef DEFECT_KEEPS_RING
		is_there |= head == 0;
#endif
		if (is_there)
			memcpy(samples, ring + frame % RING * CHANNELS, CHANNELS * sizeof(float));
		else
			vDSP_vclr(samples, 1, CHANNELS);
	}
#ifdef DEFECT_OVERRUNS
	samples[0] = 0.5f;
#endif
	return 0;
}

static Table table = {NULL, query, hold, hold, initialize, NULL, NULL, client, client, perform, give_up, has, settable,
                      size, get, set, start, stop, stamp, will, mark, io, mark};
static Table *driver = &table;

__attribute__((visibility("default"))) void *Make(CFTypeRef allocator, CFTypeRef kind)
{
	CFTypeRef own = CFUUIDGetConstantUUIDWithBytes(NULL, 0x44, 0x3A, 0xBA, 0xB8, 0xE7, 0xB3, 0x49, 0x1A, 0xB9, 0x85,
	                                               0xBE, 0xB9, 0x18, 0x70, 0x30, 0xDB);
#ifdef DEFECT_NO_DRIVER
	return NULL;
#endif
	return CFEqual(kind, own) ? &driver : NULL;
}
