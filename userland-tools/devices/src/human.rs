//! Devices for people.

use crate::control::Control;
use crate::device::Device;

/// A line for each device, under headings.
pub(crate) fn table(devices: &[Device]) -> String {
    let headings = ["NAME", "UID", "CHANNELS", "RATE", "FORMAT", "STATE"].map(str::to_owned);
    let row = |device: &Device| {
        let state = if device.running { "running" } else { "stopped" };
        let channels = device.channels.to_string();
        [
            device.name.clone(),
            device.uid.clone(),
            channels,
            format!("{} Hz", device.rate),
            device.format.clone(),
            state.to_owned(),
        ]
    };
    let rows: Vec<[String; 6]> = std::iter::once(headings).chain(devices.iter().map(row)).collect();
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let mut text = String::new();
    for row in &rows {
        let cell = |(column, cell): (usize, &String)| {
            let width = width(column);
            // Numbers stand under each other.
            if (2..=3).contains(&column) { format!("{cell:>width$}") } else { format!("{cell:<width$}") }
        };
        let cells: Vec<String> = row.iter().enumerate().map(cell).collect();
        text += cells.join("  ").trim_end();
        text.push('\n');
    }
    text
}

/// All about a device.
pub(crate) fn detail(device: &Device) -> String {
    let mut text = format!("{}\n", device.name);
    let mut line = |key: &str, value: &str| {
        text += format!("  {key:<16}{value}").trim_end();
        text.push('\n');
    };
    let flag = |value| if value { "yes" } else { "no" };
    line("UID", &device.uid);
    line("channels", &device.channels.to_string());
    line("rate", &format!("{} Hz", device.rate));
    line("rates", &joined(&device.rates));
    line("format", &device.format);
    line("formats", &joined(&device.formats));
    line("ring", &format!("{} frames", device.ring_frames));
    line("latency", &format!("{} frames", device.latency));
    line("safety offset", &format!("{} frames", device.safety_offset));
    line("hidden", flag(device.hidden));
    line("can be default", flag(device.can_be_default));
    line("state", if device.running { "running" } else { "stopped" });
    for master in device.controls.iter().filter(|control| !control.key.contains('.')) {
        line(&master.key, &format!("{}{}", master.label, channels(master, &device.controls)));
    }
    if !device.statistics.is_empty() {
        line("statistics", "");
    }
    for (key, value) in &device.statistics {
        // Their names are longer than all others.
        line(&format!("  {key:<18}"), &format!("  {value}"));
    }
    text
}

/// The channels whose controls are not neutral, if they have any.
fn channels(master: &Control, all: &[Control]) -> String {
    let channel = |control: &Control| {
        Some((control.key.strip_prefix(&master.key)?.strip_prefix('.')?.to_owned(), control.clone()))
    };
    let own: Vec<(String, Control)> = all.iter().filter_map(channel).collect();
    let Some((_, first)) = own.first() else { return String::new() };
    let differ: Vec<String> = own
        .iter()
        .filter(|(_, control)| control.value != control.neutral)
        .map(|(channel, control)| format!("channel {channel}: {}", control.label))
        .collect();
    match differ.as_slice() {
        [] => format!("; each channel {}", first.label),
        differ => format!("; {}", differ.join(", ")),
    }
}

fn joined<T: ToString>(all: &[T]) -> String {
    all.iter().map(T::to_string).collect::<Vec<_>>().join(" ")
}
