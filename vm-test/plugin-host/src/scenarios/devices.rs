//! Devices that come, change and go while another one plays: devices.
//!
//! Our own driver has a property for requests, the same that the kext's service takes. Other drivers have a box at most, whose
//! devices go and come together; nobody plays then.

use hal_sys::code::Shown;
use hal_sys::code::selector::{kAudioBoxPropertyAcquired, kAudioObjectPropertyClass};

use super::clients::loops;
use super::{FRAMES, Stage, check, check_all, client, finish, not_applicable};
use crate::cf;
use crate::hal::notices::Snapshot;
use crate::hal::properties::global;
use crate::hal::{Cycles, Device, Driver};

/// The driver's object, and the property that requests are set as.
const PLUG_IN: u32 = 1;
const REQUEST: u32 = u32::from_be_bytes(*b"lfrq");
const UID: &str = "org.loopflower.test:guest";
/// Cycles between two steps.
const SOME: usize = 60;

/// A dictionary of a property list.
fn dictionary<const N: usize>(entries: [(&str, plist::Value); N]) -> plist::Value {
    plist::Value::Dictionary(entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
}

fn guest(channels: u64) -> plist::Value {
    dictionary([("Name", "Guest".into()), ("UID", UID.into()), ("Channels", channels.into())])
}

/// Makes a request.
fn ask(driver: Driver, request: &plist::Value) -> Result<(), u32> {
    let object = cf::of_plist(request);
    let done = driver.set(PLUG_IN, &global(REQUEST), &object.to_ne_bytes());
    cf::release(object);
    done
}

/// The device of the guest's UID.
fn found(driver: Driver) -> Result<Option<Device>, String> {
    Ok(Device::all(driver)?.into_iter().find(|device| device.uid == UID))
}

/// `devices`.
pub(super) fn while_playing(stage: &mut Stage<'_>) -> Result<(), String> {
    let takes_requests = stage.driver.has(PLUG_IN, &global(REQUEST));
    if takes_requests {
        requests(stage)?;
    }
    let boxed = boxed(stage)?;
    if !takes_requests && !boxed {
        not_applicable("the driver has no box, and takes no requests of Loopflower's kind");
    }
    Ok(())
}

fn requests(stage: &Stage<'_>) -> Result<(), String> {
    let (driver, playing) = (stage.driver, stage.device()?);
    let channels = playing.outputs.first().map_or(0, |stream| stream.channels) as usize;
    let mut player = client(playing, 1, stage.seed)?;
    player.start(Cycles::of(FRAMES))?;
    let (mut wrong, mut compared) = (0, 0);
    let mut plays = |player: &mut _| {
        let (more, of) = loops(player, channels, SOME)?;
        (wrong, compared) = (wrong + more, compared + of);
        Ok::<(), String>(())
    };
    plays(&mut player)?;
    let before = Snapshot::take(driver);
    let added = ask(driver, &dictionary([("AddDevice", guest(2))]));
    let told = before.judge(driver, None);
    let device = found(driver)?;
    check("a device is added", added.is_ok() && device.is_some(), answer(added));
    check_all("and its coming is told", &told, "the lists of devices");
    if let Some(device) = &device {
        visit(stage, device)?;
    }
    plays(&mut player)?;
    let before = Snapshot::take(driver);
    let changed = ask(driver, &dictionary([("ChangeDevice", guest(4))]));
    let told = before.judge(driver, None);
    let device = found(driver)?;
    let has = device.as_ref().and_then(|device| device.outputs.first()).map_or(0, |stream| stream.channels);
    check("a device is changed", changed.is_ok() && has == 4, format!("{}; {has} channels", answer(changed)));
    check_all("and its change is told", &told, "the lists of devices");
    // A client is at IO when its device goes.
    let mut visitor = None;
    if let Some(device) = &device {
        let mut client = client(device, 2, stage.seed)?;
        client.start(Cycles::of(FRAMES))?;
        client.cycle(Some(&mut |_: u64, block: &mut [f32]| block.fill(0.5)), &mut |_, _| {})?;
        visitor = Some(client);
    }
    let removed = ask(driver, &dictionary([("RemoveDevice", UID.into())]));
    let gone = found(driver)?.is_none();
    check("a device is removed", removed.is_ok() && gone, answer(removed));
    if let Some(mut client) = visitor {
        // The host ends what its client has begun, as far as the device lets it.
        let ended = client.stop().and_then(|()| client.leave());
        check("its client can end", ended.is_ok(), ended.err().unwrap_or_else(|| "StopIO and the rest succeed".into()));
    }
    refusals(driver)?;
    plays(&mut player)?;
    check(
        "the other device plays on to the bit",
        wrong == 0 && compared > 0,
        format!("{wrong} of {compared} samples differ"),
    );
    finish(player)
}

/// Plays and hears on a device.
fn visit(stage: &Stage<'_>, device: &Device) -> Result<(), String> {
    let mut visitor = client(device, 2, stage.seed)?;
    visitor.start(Cycles::of(FRAMES))?;
    let channels = device.outputs.first().map_or(0, |stream| stream.channels) as usize;
    let (wrong, compared) = loops(&mut visitor, channels, SOME)?;
    check("and loops", wrong == 0 && compared > 0, format!("{wrong} of {compared} samples differ"));
    visitor.stop()?;
    visitor.leave()
}

/// What is no request, or cannot be, is refused and changes nothing.
fn refusals(driver: Driver) -> Result<(), String> {
    let other =
        dictionary([("Name", "Other".into()), ("UID", "org.loopflower.test:none".into()), ("Channels", 2.into())]);
    let no_channels = dictionary([("Name", "Other".into()), ("UID", "o".into()), ("Channels", 0.into())]);
    let taken = Device::all(driver)?.first().map_or_else(String::new, |device| device.uid.clone());
    let taken = dictionary([("Name", "Other".into()), ("UID", taken.into()), ("Channels", 2.into())]);
    let cases = [
        ("a UID that is taken", dictionary([("AddDevice", taken)])),
        ("a change of an unknown UID", dictionary([("ChangeDevice", other.clone())])),
        ("a removal of an unknown UID", dictionary([("RemoveDevice", "none".into())])),
        ("a removal of a number", dictionary([("RemoveDevice", 2.into())])),
        ("no dictionary", "AddDevice".into()),
        ("an empty dictionary", dictionary([])),
        ("two requests", dictionary([("RemoveDevice", UID.into()), ("AddDevice", other)])),
        ("an unknown request", dictionary([("StopDevice", UID.into())])),
        ("a definition that is a text", dictionary([("AddDevice", "x".into())])),
        ("no channels", dictionary([("AddDevice", no_channels)])),
    ];
    let (before, asked) = (Snapshot::take(driver), cases.len());
    let mut problems = Vec::new();
    for (what, request) in cases {
        if ask(driver, &request).is_ok() {
            problems.push(format!("{what} is done"));
        }
        problems
            .extend(before.differences(&Snapshot::take(driver)).into_iter().map(|it| format!("{what} changes {it}")));
    }
    check_all("what cannot be is refused and changes nothing", &problems, &format!("{asked} requests"));
    Ok(())
}

fn answer(done: Result<(), u32>) -> String {
    done.map_or_else(|status| Shown(status).to_string(), |()| "done".to_owned())
}

/// A box is given up and acquired: its devices go and come back; whether there is one.
fn boxed(stage: &Stage<'_>) -> Result<bool, String> {
    let driver = stage.driver;
    let before = Snapshot::take(driver);
    let is_box = |object: &&u32| {
        driver.u32(**object, &global(kAudioObjectPropertyClass)) == Ok(hal_sys::code::class::kAudioBoxClassID)
            && driver.is_settable(**object, &global(kAudioBoxPropertyAcquired)) == Ok(true)
    };
    let Some(&boxed) = before.objects().iter().find(is_box) else { return Ok(false) };
    let set = |acquired: u32| {
        let set = driver.set(boxed, &global(kAudioBoxPropertyAcquired), &acquired.to_ne_bytes());
        crate::libraries::run_dispatched();
        set.map_err(|status| format!("box {boxed} refuses {acquired}: {}", Shown(status)))
    };
    set(0)?;
    let told = before.judge(driver, None);
    let left = Device::all(driver)?.len();
    check("a box that is given up takes its devices with it", left == 0, format!("{left} devices are left"));
    check_all("and that is told", &told, "the box and the lists of devices");
    let without = Snapshot::take(driver);
    set(1)?;
    let told = without.judge(driver, None);
    let differ = before.differences(&Snapshot::take(driver));
    check_all("a box that is acquired again brings them back", &differ, &format!("{} devices", stage.devices.len()));
    check_all("and that is told too", &told, "the box and the lists of devices");
    Ok(true)
}
