//! What others can see and reach.

use super::{Better, Definition, Group};

pub(super) const DEFINITIONS: &[Definition] = &[
    Definition {
        id: "unprivileged-settable",
        group: Group::Surface,
        title: "Settable without privileges",
        unit: "properties",
        better: Better::Lower,
        tolerance: 0.0,
        method: "A process of any user sets each to what it is: formats and controls in the registry, or properties that say that they \
                 can be set. Those that are taken.",
        meaning: "Input that the driver must survive, whoever sends it: in a kernel extension it is read by the kernel.",
        on_mac: "A sandboxed process of a guest user tries each.",
    },
    Definition {
        id: "unprivileged-callable",
        group: Group::Surface,
        title: "Callable without privileges",
        unit: "methods",
        better: Better::Lower,
        tolerance: 0.0,
        method: "What a process without entitlements reaches with arguments of its choice: the methods, traps and memory of the user \
                 client that opens for it, by trying each number; or the functions of the driver that the server hands a \
                 program's arguments to.",
        meaning: "Doors into the driver's code and into where it runs.",
        on_mac: "A sandboxed process of a guest user tries each.",
    },
    Definition {
        id: "properties-present",
        group: Group::Surface,
        title: "Properties present",
        unit: "properties",
        better: Better::Neither,
        tolerance: 0.0,
        method: "Selectors, scopes and elements that the device, its streams and its controls answer. For a kernel extension those that \
                 the server makes of the keys in the registry.",
        meaning: "What programs can ask of the device.",
        on_mac: "AudioObjectHasProperty over all known selectors, scopes and elements.",
    },
    Definition {
        id: "properties-settable",
        group: Group::Surface,
        title: "Properties settable",
        unit: "properties",
        better: Better::Neither,
        tolerance: 0.0,
        method: "Those of them that say they can be set.",
        meaning: "What programs can change of the device.",
        on_mac: "AudioObjectIsPropertySettable over the same.",
    },
    Definition {
        id: "property-wrong-sizes",
        group: Group::Surface,
        title: "Properties of the wrong size",
        unit: "properties",
        better: Better::Lower,
        tolerance: 0.0,
        method: "Properties whose value is not as long as the size that was said before, or that are written beyond the room for \
                 them; for a kernel extension, keys that hold something of another type than the server reads.",
        meaning: "Each is a crash or garbage in a program that trusted the size.",
        on_mac: "AudioObjectGetPropertyDataSize against AudioObjectGetPropertyData.",
    },
    Definition {
        id: "property-wrong-errors",
        group: Group::Surface,
        title: "Wrong conduct at wrong requests",
        unit: "requests",
        better: Better::Lower,
        tolerance: 0.0,
        method: "Requests for what does not exist, with values of the wrong type, size or range, and calls that are none. Those that \
                 are not refused, or change something.",
        meaning: "What a mistake in one program does to a driver that all programs share.",
        on_mac: "The same requests to the device.",
    },
    Definition {
        id: "property-unannounced",
        group: Group::Surface,
        title: "Changes that nobody is told of",
        unit: "properties",
        better: Better::Lower,
        tolerance: 0.0,
        method: "A program listens to the device, its streams and its controls. Each control, the formats and the rate are set to \
                 another legal value and back, while nothing runs. Properties that then have another value, and no notification \
                 covers them: PropertiesChanged, or that the server has carried out a change of configuration; for a kernel extension \
                 the notifications of the engine's and the controls' user clients.",
        meaning: "A program shows or uses what is no more, until something else makes it look.",
        on_mac: "AudioObjectAddPropertyListener on every property, the same settings, and all properties read again after each.",
    },
    Definition {
        id: "functions-imported",
        group: Group::Surface,
        title: "Functions imported",
        unit: "functions",
        better: Better::Neither,
        tolerance: 0.0,
        method: "Functions and data of the system that the driver's binary names.",
        meaning: "What it depends on.",
        on_mac: "nm -u on the binary.",
    },
    Definition {
        id: "functions-offered",
        group: Group::Surface,
        title: "C functions offered",
        unit: "functions",
        better: Better::Higher,
        tolerance: 0.0,
        method: "Functions of the standard library of C (C99, without complex numbers) that the release offers to drivers of this \
                 kind: those among the exports of the kernel programming interfaces, or of libSystem.",
        meaning: "What need not be written anew.",
        on_mac: "nm -gU on the kernel's symbol sets, or on /usr/lib/system/libsystem_*.dylib; count those that C99 names.",
    },
    Definition {
        id: "interface-span",
        group: Group::Surface,
        title: "Releases that one binary suits",
        unit: "releases",
        better: Better::Higher,
        tolerance: 0.0,
        method: "Releases of 10.6 to 11 that load and start the binary: a kernel extension by loading it on each; a plug-in by the \
                 oldest release that it says it is for. The details count what of the kernel's interface came or went.",
        meaning: "How often the system's changes make a new build.",
        on_mac: "Load the same binary on each release.",
    },
];
