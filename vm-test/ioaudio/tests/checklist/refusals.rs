//! What the family refuses.

use std::sync::atomic::{AtomicUsize, Ordering};

use kpi::iokit::connection::{self, Call};
use kpi::iokit::ioreturn::IOReturn;
use kpi::iokit::{properties, task};
use kpi::libkern::{dictionary, number};
use kpi::mem;
use kpi::object::{Direct, Method, Obj};

use crate::common::{log, steps};
use crate::driver::{Client, IN_CLIP, RING};
use crate::formats::request;
use crate::with_driver;

const OK: IOReturn = IOReturn::SUCCESS;
const OUTPUT: u64 = u32::from_be_bytes(*b"outp") as u64;
const ALL: u64 = 0;

static ADD_CONTROL: Method =
    Method::new("IOAudioEngine", "__ZN13IOAudioEngine22addDefaultAudioControlEP14IOAudioControl");

/// User space sets a control's value.
fn set(control: Obj, value: i32) -> Result<(), IOReturn> {
    let wanted = dictionary::new();
    dictionary::put(wanted, "IOAudioControlValue", number::new(u64::from(value as u32), 32));
    let result = properties::set_properties(control, wanted);
    wanted.release();
    result
}

/// 12: a control without a handler cannot be changed.
pub fn no_handler(release: &str) {
    static CREATE: Direct = Direct::new("__ZN20IOAudioToggleControl17createMuteControlEbjPKcjj");
    with_driver(release, true, |driver| {
        let control = CREATE.call_obj(&[0, ALL, 0, 1, OUTPUT]);
        assert_eq!(ADD_CONTROL.call_u32(driver.engine, &[control.word()]), 0);
        assert_eq!(set(control, 1), Err(IOReturn::ERROR));
        assert_eq!(set(control, 0), Ok(()), "unchanged: nobody is asked");
        assert_eq!(properties::get_number(control, "IOAudioControlValue"), Some(0));
        control.release();
    });
}

/// 27: a level that stands for -infinity dB outside of the range is refused: ranges are not looked at.
pub fn infinity(release: &str) {
    static CREATE: Direct = Direct::new("__ZN19IOAudioLevelControl19createVolumeControlEiiiiijPKcjj");
    static INFINITY: Method = Method::new("IOAudioLevelControl", "__ZN19IOAudioLevelControl19addNegativeInfinityEi");
    static SET_HANDLER: Method =
        Method::new("IOAudioControl", "__ZN14IOAudioControl21setValueChangeHandlerEPFiP8OSObjectPS_iiES1_");
    extern "C" fn take() -> u32 {
        0
    }
    with_driver(release, true, |driver| {
        let minus_64_db = u64::from((-64i32 << 16) as u32);
        let control = CREATE.call_obj(&[10, 0, 100, minus_64_db, 0, ALL, 0, 1, OUTPUT]);
        SET_HANDLER.call(control, &[take as *const () as u64, driver.engine.word()]);
        assert_eq!(ADD_CONTROL.call_u32(driver.engine, &[control.word()]), 0);
        assert_eq!(INFINITY.call_u32(control, &[u64::from(-1i32 as u32)]), 0);
        assert_eq!(set(control, -1), Err(IOReturn::ERROR));
        assert_eq!(set(control, 101), Err(IOReturn::ERROR));
        assert_eq!(set(control, 0), Ok(()));
        control.release();
    });
}

/// 16: a stream that does not mix takes one output client. A Start that fails for that gives the engine back from 10.10 on.
pub fn exclusive(release: &str) {
    with_driver(release, false, |driver| {
        let (a, b) = (Client::open(driver.engine, 100), Client::open(driver.engine, 100));
        a.register(0).unwrap();
        b.register(0).unwrap();
        a.start().unwrap();
        assert_eq!(b.start(), Err(IOReturn::EXCLUSIVE_ACCESS));
        let counted = if release == "10.9" { 2 } else { 1 };
        assert_eq!(properties::get_number(driver.engine, "IOAudioEngineNumActiveUserClients"), Some(counted));
        b.unregister(0).unwrap();
        assert_eq!(
            b.register(0),
            Err(IOReturn::EXCLUSIVE_ACCESS),
            "already when it is registered, once somebody plays"
        );
        b.register(1).unwrap();
        assert_eq!(b.start(), Ok(()), "input is for all");
        steps();
        assert_eq!(a.write(0, 950, 6.0), OK);
        assert_eq!(steps(), ["clip 950+50", "clip 0+50"]);
        a.close();
        b.close();
        driver.let_stop();
    });
}

/// Where the descriptor is that the driver's clip routine overwrites, as a program of another processor might.
static DESCRIPTOR: AtomicUsize = AtomicUsize::new(0);

extern "C" fn overwrite() {
    mem::write(DESCRIPTOR.load(Ordering::Relaxed), [u32::MAX; 4]);
}

/// 17: a descriptor's sizes are checked at each transfer, from 10.12 on when its buffer is registered too; the number of frames
/// that was checked is used, whatever the descriptor says by then.
pub fn descriptors(release: &str) {
    with_driver(release, true, |driver| {
        let client = Client::new(driver.engine, 100);
        client.start().unwrap();
        for (word, value) in [(0, 801), (1, 101), (2, 799), (3, 900)] {
            let good = client.descriptor(0)[word];
            client.describe(0, word, value);
            assert_eq!(client.write(0, 600, 1.0), IOReturn::BAD_ARGUMENT, "word {word} of output");
            client.describe(0, word, good);
        }
        client.describe(1, 1, 101);
        assert_eq!(client.read(0, 600), Err(IOReturn::BAD_ARGUMENT));
        client.describe(1, 1, 100);
        let registered = |words: [u32; 4]| {
            let (at, size) = (client.address(0), client.descriptor(0)[2]);
            let good = client.descriptor(0);
            mem::write(at, words);
            let result = client.call(0, &[0, at as u64, u64::from(size), 7]);
            let _ = client.call(1, &[at as u64, 7]);
            mem::write(at, good);
            result
        };
        assert_eq!(registered([0; 4]), Ok(()), "blank");
        let bad = if release == "11" { Err(IOReturn::BAD_ARGUMENT) } else { Ok(()) };
        for words in [[800, 101, 816, 800], [801, 100, 816, 800], [800, 100, 815, 800], [8, u32::MAX, 816, 800]] {
            assert_eq!(registered(words), bad, "{words:?}");
        }
        let at = client.address(0) as u64;
        assert_eq!(client.call(0, &[0, at, 15, 7]), Err(IOReturn::BAD_ARGUMENT), "no room for a descriptor");
        assert_eq!(client.call(0, &[9, at, 816, 7]), Err(IOReturn::BAD_ARGUMENT), "no such stream");
        assert_eq!(client.call(0, &[0, 0, 816, 7]), Err(IOReturn::BAD_ARGUMENT));
        steps();
        DESCRIPTOR.store(client.address(0), Ordering::Relaxed);
        IN_CLIP.store(overwrite as *const () as usize, Ordering::Relaxed);
        assert_eq!(client.write(0, 950, 1.0), OK);
        assert_eq!(steps(), ["clip 950+50", "clip 0+50"], "as many frames as were checked");
        IN_CLIP.store(0, Ordering::Relaxed);
        assert_eq!(client.write(1, 50, 1.0), IOReturn::BAD_ARGUMENT, "the next time it is seen");
        client.close();
    });
}

/// 20: the length of the ring cannot change while the engine runs.
pub fn ring(release: &str) {
    static SET_RING: Method = Method::new("IOAudioEngine", "__ZN13IOAudioEngine27setNumSampleFramesPerBufferEj");
    static GET_RING: Method = Method::new("IOAudioEngine", "__ZN13IOAudioEngine27getNumSampleFramesPerBufferEv");
    with_driver(release, true, |driver| {
        let client = Client::new(driver.engine, 100);
        client.start().unwrap();
        SET_RING.call(driver.engine, &[500]);
        assert_eq!(GET_RING.call_u32(driver.engine, &[]), RING);
        assert_eq!(log(), ["TestEngine: setNumSampleFramesPerBuffer() is refused while the engine runs"]);
        client.close();
        driver.let_stop();
        SET_RING.call(driver.engine, &[500]);
        assert_eq!(properties::get_number(driver.engine, "IOAudioEngineNumSampleFramesPerBuffer"), Some(500));
        SET_RING.call(driver.engine, &[u64::from(RING)]);
    });
}

/// 24: from 10.12 on every method needs the entitlement of the HAL's host. Opening, mapping, notifications and setting properties
/// do not.
pub fn entitlement(release: &str) {
    with_driver(release, true, |driver| {
        let refused = if release == "10.11" { Ok(()) } else { Err(IOReturn::NOT_PRIVILEGED) };
        task::as_stranger(|| {
            let client = Client::open(driver.engine, 100);
            assert_eq!(client.register(0), refused);
            assert_eq!(client.start(), refused);
            let id = Call { scalars_out: 1, ..Call::default() };
            assert_eq!(connection::call(client.connection, 2, &id).map(|_| ()), refused);
            for kind in [0, 3, 4] {
                let (at, length) = connection::map(client.connection, kind, 0).expect("memory that is shared");
                assert!(at != 0 && length == 4096, "type {kind}");
            }
            for kind in [1, 2, 5] {
                assert_eq!(connection::map(client.connection, kind, 0), Err(IOReturn::ERROR), "type {kind}");
            }
            if refused.is_err() {
                assert_eq!(client.write(0, 100, 1.0), IOReturn::OFFLINE, "the trap asks for no entitlement");
            }
            assert_eq!(request(driver.stream(0), |_| ()), Ok(()));
            client.close();
        });
        let client = Client::new(driver.engine, 100);
        assert_eq!(client.start(), Ok(()), "the HAL's host has it");
        client.close();
        driver.let_stop();
    });
}
