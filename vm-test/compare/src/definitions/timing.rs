//! Clock and latency.

use super::{Better, Definition, Group};

pub(super) const DEFINITIONS: &[Definition] = &[
    Definition {
        id: "zero-timestamp-period",
        group: Group::Timing,
        title: "Zero-timestamp period",
        unit: "frames",
        better: Better::Neither,
        tolerance: 0.0,
        method: "Frames between successive zero timestamps while one client plays and records: the median of at least 100. The \
                 period that the driver declares stands beside it; a period that is not as declared is a wrong answer.",
        meaning: "The audio server knows the clock from these timestamps alone. A longer period means fewer of them and a \
                  later answer to a change of rate; a period other than the declared one shifts every position.",
        on_mac: "kAudioDevicePropertyZeroTimeStampPeriod against the sample times at which the timestamps that the driver \
                 publishes change, taken over 100 changes.",
    },
    Definition {
        id: "timestamp-jitter-rms",
        group: Group::Timing,
        title: "Timestamp jitter, RMS",
        unit: "ns",
        better: Better::Lower,
        tolerance: 1.0,
        method: "Root mean square of the residuals of the zero timestamps (frame, host time) to their least-squares line, while \
                 every timer of the system fires late by up to 2 ms, evenly spread by the seed.",
        meaning: "Noise of the clock that everything is resampled to. A driver that computes its timestamps has only the \
                  rounding to whole nanoseconds; one that reads the clock when its timer fires has the timer's lateness in it.",
        on_mac: "The same residuals of timestamps collected for ten minutes with the processors under load.",
    },
    Definition {
        id: "timestamp-jitter-peak",
        group: Group::Timing,
        title: "Timestamp jitter, peak to peak",
        unit: "ns",
        better: Better::Lower,
        tolerance: 2.0,
        method: "Largest less smallest residual of the same timestamps to the same line.",
        meaning: "The worst error of a position. Half a frame at 48 kHz is 10417 ns.",
        on_mac: "As for the RMS.",
    },
    Definition {
        id: "rate-accuracy",
        group: Group::Timing,
        title: "Rate accuracy",
        unit: "ppm",
        better: Better::Lower,
        tolerance: 0.01,
        method: "Distance of the slope of that line from the nominal rate, in millionths, without its sign.",
        meaning: "How far a recording and the world drift apart: 1 ppm is 3.6 ms in an hour.",
        on_mac: "kAudioDevicePropertyActualSampleRate against the nominal rate after ten minutes of IO.",
    },
    Definition {
        id: "stall-recovery",
        group: Group::Timing,
        title: "Recovery from a stall",
        unit: "ms",
        better: Better::Lower,
        tolerance: 1.0,
        method: "The driver and its timers get no processor for ten periods of the zero timestamp while time goes on. Counted \
                 from the end of the stall until the newest timestamp is again the one that is due.",
        meaning: "After a busy moment or a debugger's stop, until this time has passed positions are wrong and sound is lost.",
        on_mac: "Stop the driver's host process with SIGSTOP for ten periods (a kernel extension: stop its clients), continue \
                 it, and compare the newest timestamp with the host time.",
    },
    Definition {
        id: "declared-latency",
        group: Group::Timing,
        title: "Declared latency",
        unit: "frames",
        better: Better::Neither,
        tolerance: 0.0,
        method: "Sum of what is declared for both directions: device latency, stream latency, safety offset.",
        meaning: "What programs subtract to align tracks. By itself neither good nor bad; see the error below.",
        on_mac: "kAudioDevicePropertyLatency, kAudioStreamPropertyLatency and kAudioDevicePropertySafetyOffset of both scopes.",
    },
    Definition {
        id: "round-trip",
        group: Group::Timing,
        title: "Round trip",
        unit: "frames",
        better: Better::Lower,
        tolerance: 0.0,
        method: "One impulse is written; frames from the sample time it was written for to the sample time at which it is \
                 read, without the client's own buffers.",
        meaning: "The delay that the driver itself adds to whatever is looped back.",
        on_mac: "The same impulse through an IOProc; the two buffers and the safety offsets, which the server adds, are \
                 subtracted.",
    },
    Definition {
        id: "latency-error",
        group: Group::Timing,
        title: "Error of the declared latency",
        unit: "frames",
        better: Better::Lower,
        tolerance: 0.0,
        method: "Distance between the round trip and the declared device and stream latencies of both directions. Safety \
                 offsets are no delay of the data and do not count.",
        meaning: "By this a program that trusts the driver misplaces every recording.",
        on_mac: "From the two figures above.",
    },
    Definition {
        id: "late-write-tolerance",
        group: Group::Timing,
        title: "Tolerance of late writes",
        unit: "frames",
        better: Better::Higher,
        tolerance: 0.0,
        method: "One block of 512 frames in the middle of the ring is handed over late, so many frames after the device's \
                 position was at its first frame; the writer is on time before and after. The most frames of lateness, in steps \
                 of 16, at which a reader that gets there late enough still hears every sample of it. What the call returns \
                 does not count, only what is heard.",
        meaning: "How much a busy system may delay a writer before there is a gap, for readers that are late themselves. In the \
                  kernel, IOAudioFamily stands between the client and the driver: its watchdog has silence clipped in a late \
                  block's place, which the block may still replace until the watchdog fills the next one, too. In user space \
                  the limit is the driver's own: how far behind its position it takes a write for a late one.",
        on_mac: "An IOProc that sleeps once, so long, before it returns, at a chosen sample time; another one, which records with \
                 a large buffer, tells whether the block was heard.",
    },
    Definition {
        id: "late-write-at-ring-end",
        group: Group::Timing,
        title: "Late writes at the ring's end",
        unit: "frames",
        better: Better::Higher,
        tolerance: 0.0,
        method: "The same of a block that begins 1 to 8 frames before the ring's end and lies across it.",
        meaning: "In the kernel, IOAudioFamily refuses output that begins in a lap of the ring which has ended, whatever the driver: \
                  such a block must not be late at all. Whether a client's blocks lie across the ring's end hangs on where its \
                  first one began. In user space the limit is the driver's own.",
        on_mac: "The same at sample times around multiples of the zero-timestamp period.",
    },
    Definition {
        id: "device-sync",
        group: Group::Timing,
        title: "Sync of two devices",
        unit: "ns",
        better: Better::Lower,
        tolerance: 1.0,
        method: "Two devices of the driver run at one rate. Change of the distance of their clocks, in host time, from the first \
                 common frame to that ten minutes later.",
        meaning: "Two devices that do not drift can be used together without resampling.",
        on_mac: "The timestamps of both devices, collected for ten minutes at once.",
    },
];
