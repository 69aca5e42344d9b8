//! The link of one processor's part. No SDK is needed: the libraries' stubs are written here, of the names that the driver
//! imports and no others, so that whatever else it came to import is an error of the link.

use std::fs;
use std::path::Path;
use std::process::Command;

use kernel_build::{At, Error, Tools, run};
use plugin_build::library::Library;
use plugin_build::slice::Slice;

/// The factory, which is all that others see of the driver.
pub const FACTORY: &str = "_Loopflower_Create";

const LIBRARIES: [Library<'_>; 2] = [
    Library {
        file: "libSystem.tbd",
        install_name: "/usr/lib/libSystem.B.dylib",
        symbols: &[
            "___bzero",
            "_abort",
            "_bzero",
            "_calloc",
            "_free",
            "_mach_absolute_time",
            "_mach_timebase_info",
            "_malloc",
            "_memcmp",
            "_memcpy",
            "_memmove",
            "_memset",
            "_posix_memalign",
            "_pthread_mutex_lock",
            "_pthread_mutex_unlock",
            "_strlen",
            "_syslog",
            // Older systems bind calls when they are made first, through it.
            "dyld_stub_binder",
        ],
    },
    Library {
        file: "CoreFoundation.tbd",
        install_name: "/System/Library/Frameworks/CoreFoundation.framework/Versions/A/CoreFoundation",
        symbols: &[
            "_CFArrayGetCount",
            "_CFArrayGetTypeID",
            "_CFArrayGetValueAtIndex",
            "_CFBooleanGetTypeID",
            "_CFBooleanGetValue",
            "_CFBundleGetBundleWithIdentifier",
            "_CFBundleGetValueForInfoDictionaryKey",
            "_CFDictionaryCreateMutable",
            "_CFDictionaryGetCount",
            "_CFDictionaryGetKeysAndValues",
            "_CFDictionaryGetTypeID",
            "_CFDictionarySetValue",
            "_CFGetTypeID",
            "_CFNumberCreate",
            "_CFNumberGetTypeID",
            "_CFNumberGetValue",
            "_CFRelease",
            "_CFStringCreateWithCString",
            "_CFStringGetCString",
            "_CFStringGetLength",
            "_CFStringGetTypeID",
            "_CFUUIDGetUUIDBytes",
            "_kCFTypeDictionaryKeyCallBacks",
            "_kCFTypeDictionaryValueCallBacks",
        ],
    },
];

/// Links the archive and returns the executable.
///
/// # Errors
/// The linker refuses it, or a file cannot be written.
pub fn link(tools: &Tools, folder: &Path, slice: &Slice, archive: &Path) -> Result<Vec<u8>, Error> {
    let linked = folder.join(format!("{}.linked", slice.arch));
    let mut ld64 = Command::new(&tools.ld64);
    ld64.args(["-arch", slice.arch, "-platform_version", "macos", slice.macos, slice.macos]);
    ld64.args(["-bundle", "-dead_strip", "-S", "-exported_symbol", FACTORY, "-u", FACTORY]).arg(archive);
    for library in &LIBRARIES {
        let stub = folder.join(library.file);
        fs::write(&stub, library.stub()).at(&stub)?;
        ld64.arg(stub);
    }
    run(&format!("linking for {}", slice.arch), ld64.arg("-o").arg(&linked))?;
    fs::read(&linked).at(&linked)
}
