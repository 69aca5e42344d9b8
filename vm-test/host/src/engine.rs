//! An audio engine, by its properties.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use kpi::iokit::{matching, properties, state};
use kpi::libkern::value::from_object;
use kpi::object::{Method, Obj};
use kpi::sched;
use protocol::value::Value;

use crate::control::Control;
use crate::format::Rate;
use crate::stream::Stream;

/// kIOAudioEngineStopped.
pub const STOPPED: u64 = 0;
/// kIOAudioEngineRunning.
pub const RUNNING: u64 = 1;
/// kIOAudioEnginePaused.
pub const PAUSED: u64 = 2;
/// kIOAudioEngineResumed.
pub const RESUMED: u64 = 3;

static GET_PROVIDER: Method = Method::new("IOService", "__ZNK9IOService11getProviderEv");

/// Step in which states are waited for, ns.
const STEP: u64 = 1_000_000;

/// An engine that is published. It is not retained: it must not be used once it may be gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Engine {
    pub(crate) service: Obj,
}

impl Engine {
    /// The engines that are published, in the order of the registry.
    pub fn all() -> Vec<Engine> {
        matching::registered_outermost("IOAudioEngine").into_iter().map(|service| Engine { service }).collect()
    }

    /// Whether it is registered still. It must not be freed: nothing that has changed the registry may have come between.
    pub fn is_registered(self) -> bool {
        state::public(self.service) & state::REGISTERED != 0
    }

    /// Its class.
    pub fn class(self) -> String {
        self.service.class_name()
    }

    /// Where its object is in the kernel: what nobody may publish.
    pub fn address(self) -> usize {
        self.service.0
    }

    /// Its device.
    pub fn device(self) -> Obj {
        GET_PROVIDER.call_obj(self.service, &[])
    }

    /// A property; `None` if it has none of that name.
    pub fn property(self, key: &str) -> Option<Value> {
        from_object(properties::get(self.service, key))
    }

    /// A number among the properties.
    pub fn number(self, key: &str) -> Option<u64> {
        properties::get_number(self.service, key)
    }

    /// A text among the properties.
    pub fn text(self, key: &str) -> String {
        properties::get_text(self.service, key).unwrap_or_default()
    }

    /// IOAudioEngineDescription.
    pub fn name(self) -> String {
        self.text("IOAudioEngineDescription")
    }

    /// IOAudioEngineGlobalUniqueID.
    pub fn uid(self) -> String {
        self.text("IOAudioEngineGlobalUniqueID")
    }

    /// Frames of its ring.
    pub fn ring(self) -> u64 {
        self.number("IOAudioEngineNumSampleFramesPerBuffer").unwrap_or(0)
    }

    /// Frames of latency that it declares, of input and output.
    pub fn latency(self) -> [u32; 2] {
        ["IOAudioEngineInputSampleLatency", "IOAudioEngineOutputSampleLatency"].map(|key| self.frames(key))
    }

    /// Frames of safety offset that it declares, of input and output.
    pub fn safety(self) -> [u32; 2] {
        ["IOAudioEngineInputSampleOffset", "IOAudioEngineSampleOffset"].map(|key| self.frames(key))
    }

    fn frames(self, key: &str) -> u32 {
        self.number(key).unwrap_or(0) as u32
    }

    /// Its rate now.
    pub fn rate(self) -> Rate {
        Rate::of(self.property("IOAudioSampleRate").as_ref())
    }

    /// IOAudioEngineState.
    pub fn state(self) -> u64 {
        self.number("IOAudioEngineState").unwrap_or(STOPPED)
    }

    /// ns that a lap of its ring takes at its rate.
    pub fn lap_ns(self) -> u64 {
        self.rate().ns(self.ring())
    }

    fn stream(self, number: u64, direction: &'static str) -> Option<Stream> {
        let is_wanted = |&stream: &Obj| properties::get_number(stream, "IOAudioStreamDirection") == Some(number);
        let service = matching::registered_clients(self.service, "IOAudioStream").into_iter().find(is_wanted)?;
        Some(Stream { service, direction })
    }

    /// Its first output stream.
    ///
    /// # Errors
    /// It has none, in words.
    pub fn output(self) -> Result<Stream, String> {
        self.stream(0, "output").ok_or_else(|| String::from("the engine has no output stream"))
    }

    /// Its first input stream.
    ///
    /// # Errors
    /// It has none, in words.
    pub fn input(self) -> Result<Stream, String> {
        self.stream(1, "input").ok_or_else(|| String::from("the engine has no input stream"))
    }

    /// Its controls, in the order of the registry.
    pub fn controls(self) -> Vec<Control> {
        // Controls are not registered, so that user space finds them among an engine's children only.
        let services = matching::services(|control| {
            if !control.is("IOAudioControl") {
                return false;
            }
            let provider = GET_PROVIDER.call_obj(control, &[]);
            provider == self.service
                || (provider.is("IOAudioStream") && GET_PROVIDER.call_obj(provider, &[]) == self.service)
        });
        services.into_iter().map(Control::of).collect()
    }

    /// Its controls of a type, subtype and usage, by channel.
    pub fn controls_of(self, kind: u32, sub_type: u32, usage: u32) -> Vec<Control> {
        let mut controls = self.controls();
        controls.retain(|control| (control.kind, control.sub_type, control.usage) == (kind, sub_type, usage));
        controls.sort_by_key(|control| control.channel);
        controls
    }

    /// Changes the rate as the HAL does: by its output stream's format with a rate.
    ///
    /// # Errors
    /// The device refused, or took another, in words.
    pub fn set_rate(self, rate: Rate) -> Result<(), String> {
        if self.rate() == rate {
            return Ok(());
        }
        let stream = self.output()?;
        stream
            .set_format(&stream.format(), Some(rate))
            .map_err(|error| format!("the device refused a rate of {rate}: {error}"))?;
        match self.rate() {
            now if now == rate => Ok(()),
            now => Err(format!("the device took a rate of {rate} but says {now}")),
        }
    }

    /// Waits until the engine has stopped for lack of clients: the family does so in a tick a lap after the last one left.
    ///
    /// # Errors
    /// It runs still after some laps.
    pub fn wait_stopped(self) -> Result<(), String> {
        const LAPS: u64 = 4;
        let deadline = sched::now() + LAPS * self.lap_ns() + 1_000_000_000;
        while self.state() != STOPPED {
            if sched::now() > deadline {
                return Err(format!("the engine runs still {LAPS} laps after its last client stopped"));
            }
            sched::sleep_until(sched::now() + STEP);
        }
        Ok(())
    }
}
