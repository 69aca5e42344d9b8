//! The scheduler: kernel threads, virtual time, waiting, timers.
//!
//! One thread runs at a time and KPI code is never preempted. Time stands still while anything can run; when all threads
//! wait it jumps to the next deadline. Every choice is made by the seed, so one seed gives one history.

use alloc::boxed::Box;
use alloc::collections::{BTreeMap, BTreeSet, VecDeque};
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::sync::atomic::Ordering;

use crate::boundary::{self, CURRENT, Control, HOOKED, NO_SYMBOL, PREEMPT};
use crate::checks;
use crate::global::Global;
use crate::platform::{PAGE, Platform};
use crate::random::Random;

/// Bytes of a kernel stack, as on every x86_64 release.
pub const KERNEL_STACK: usize = 16 * 1024;
/// Bytes of the stack on which KPI code runs; the real kernel's frames are not as fat as ours.
const KPI_STACK: usize = 256 * 1024;
/// Groups of events that waiting threads are counted by.
const EVENT_GROUPS: usize = 64;
/// A KPI call is one at which threads take turns if the seed draws a number below the density, of so many.
const USUAL: u64 = 64;
/// The density while threads take turns often.
const OFTEN: u64 = 16;
/// How long an interruption takes at most while threads take turns often, ns.
const INTERRUPTION: u64 = 100_000;
/// What reading the clock costs, ns: a kext that spins on the clock gets on.
const CLOCK_READ: u64 = 20;

/// A thread. 0 is the one that booted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ThreadId(pub u32);

/// Priority: a higher one runs first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Priority {
    /// Matching, user space.
    Normal,
    /// Work loops, thread calls.
    Kernel,
    /// IO threads with a time constraint.
    RealTime,
}

/// Why a wait ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wake {
    /// Somebody woke the event, with this result.
    Event(i32),
    /// The deadline passed.
    Timeout,
}

enum State {
    Ready,
    Running,
    Waiting { event: u64, why: &'static str, deadline: Option<u64> },
}

struct Thread {
    control: Box<Control>,
    name: String,
    priority: Priority,
    state: State,
    wake: Wake,
    kernel_stack: usize,
    kpi_stack: Option<usize>,
    main: Option<Box<dyn FnOnce()>>,
}

struct Scheduler {
    platform: &'static dyn Platform,
    threads: BTreeMap<u32, Thread>,
    /// Waiting threads by deadline, and by the event that they wait for.
    deadlines: BTreeSet<(u64, u32)>,
    events: BTreeSet<(u64, u32)>,
    /// How many of the latter there are in each group of events: most wakes wake nobody.
    waiting: [u32; EVENT_GROUPS],
    ready: [VecDeque<u32>; 3],
    running: u32,
    next: u32,
    now: u64,
    random: Random,
    /// Of so many KPI calls in [`USUAL`] threads take turns at the begin.
    density: u64,
    /// Exited thread whose stacks can go once another runs.
    dead: Option<Thread>,
}

static SCHEDULER: Global<Option<Scheduler>> = Global::new(None);

#[track_caller]
fn with<R>(f: impl FnOnce(&mut Scheduler) -> R) -> R {
    f(SCHEDULER.borrow().as_mut().expect("the scheduler starts at boot"))
}

/// Makes the caller the first thread. Its KPI stack is the one it runs on.
///
/// # Panics
/// When the machine has no memory left.
pub fn boot(platform: &'static dyn Platform, seed: u64) {
    let mut random = Random::new(seed);
    let kernel_stack = platform.map(KERNEL_STACK / PAGE).expect("no memory for the first kernel stack");
    let control = Box::new(new_control(0, kernel_stack));
    random.next();
    let thread = Thread {
        control,
        name: "kernel_task".to_string(),
        priority: Priority::Normal,
        state: State::Running,
        wake: Wake::Timeout,
        kernel_stack,
        kpi_stack: None,
        main: None,
    };
    CURRENT.store((&raw const *thread.control).cast_mut(), Ordering::Relaxed);
    *SCHEDULER.borrow() = Some(Scheduler {
        platform,
        threads: BTreeMap::from([(0, thread)]),
        deadlines: BTreeSet::new(),
        events: BTreeSet::new(),
        waiting: [0; EVENT_GROUPS],
        ready: Default::default(),
        running: 0,
        next: 1,
        now: 1_000_000_000,
        random,
        density: 1,
        dead: None,
    });
}

/// Turns seeded preemption at KPI calls on, for machines without a timer interrupt.
pub fn preempt_at_calls(on: bool) {
    if on {
        HOOKED.fetch_or(PREEMPT, Ordering::Relaxed);
    } else {
        HOOKED.fetch_and(!PREEMPT, Ordering::Relaxed);
    }
}

fn new_control(id: u32, kernel_stack: usize) -> Control {
    let top = (kernel_stack + KERNEL_STACK) as u64;
    Control { kext_sp: top, symbol: NO_SYMBOL, stack_top: top, id, ..Control::default() }
}

/// Starts a thread that runs `main` and ends.
///
/// # Panics
/// When the machine has no memory left.
pub fn spawn(name: &str, priority: Priority, main: Box<dyn FnOnce()>) -> ThreadId {
    with(|s| {
        let kernel_stack = s.platform.map(KERNEL_STACK / PAGE).expect("no memory for a kernel stack");
        let kpi_stack = s.platform.map(KPI_STACK / PAGE).expect("no memory for a KPI stack");
        let id = s.next;
        s.next += 1;
        let mut control = Box::new(new_control(id, kernel_stack));
        // What `switch` pops: six registers and the address to go on at; the word above stands for its return address.
        let sp = kpi_stack + KPI_STACK - 8 * 8;
        crate::mem::write(sp + 6 * 8, first_step as *const () as u64);
        control.switch_sp = sp as u64;
        control.kpi_sp = (kpi_stack + KPI_STACK) as u64;
        let thread = Thread {
            control,
            name: name.to_string(),
            priority,
            state: State::Ready,
            wake: Wake::Timeout,
            kernel_stack,
            kpi_stack: Some(kpi_stack),
            main: Some(main),
        };
        s.threads.insert(id, thread);
        s.ready[priority as usize].push_back(id);
        ThreadId(id)
    })
}

/// Where a new thread starts.
extern "C" fn first_step() -> ! {
    bury();
    let main = with(|s| s.threads.get_mut(&s.running).and_then(|thread| thread.main.take()));
    if let Some(main) = main {
        main();
    }
    exit();
}

/// Ends the running thread; not the first one.
pub fn exit() -> ! {
    checks::locks::left("its thread ends");
    let (name, stack) = with(|s| {
        let thread = &s.threads[&s.running];
        (thread.name.clone(), thread.kernel_stack..thread.kernel_stack + KERNEL_STACK)
    });
    checks::stack::note(&name, stack);
    with(|s| s.dead = s.threads.remove(&s.running));
    dispatch();
    unreachable!("a thread that ended was switched to");
}

/// Gives the stacks of a thread that ended back.
fn bury() {
    with(|s| {
        if let Some(thread) = s.dead.take() {
            s.platform.unmap(thread.kernel_stack, KERNEL_STACK / PAGE);
            if let Some(stack) = thread.kpi_stack {
                s.platform.unmap(stack, KPI_STACK / PAGE);
            }
        }
    });
}

/// The running thread.
///
/// # Panics
/// Before [`boot`].
pub fn current() -> ThreadId {
    let control = boundary::current();
    assert!(!control.is_null(), "the scheduler starts at boot");
    // SAFETY: the running thread's control lives as long as the thread.
    ThreadId(unsafe { (*control).id })
}

/// Name of the running thread.
pub fn current_name() -> String {
    with(|s| s.threads[&s.running].name.clone())
}

/// Threads that exist.
pub fn count() -> u32 {
    with(|s| s.threads.len() as u32)
}

/// Virtual time in ns since the kernel started.
pub fn now() -> u64 {
    with(|s| s.now)
}

/// Virtual time as a kext or user space reads it: reading takes time.
pub fn read_clock() -> u64 {
    with(|s| {
        s.now += CLOCK_READ;
        s.now
    })
}

/// Lets time pass while the caller is busy (IODelay).
pub fn spend(ns: u64) {
    with(|s| s.now += ns);
}

/// A number from the seed, below `bound`.
pub fn random(bound: u64) -> u64 {
    with(|s| s.random.below(bound))
}

/// Goes on with the numbers of another seed, so that what is done several times in one machine is done alike.
pub fn reseed(seed: u64) {
    with(|s| s.random = Random::new(seed));
}

/// Range of the running thread's kernel stack.
pub fn kernel_stack() -> core::ops::Range<usize> {
    with(|s| s.threads.get(&s.running).map_or(0..0, |thread| thread.kernel_stack..thread.kernel_stack + KERNEL_STACK))
}

/// Lets others of the same or a higher priority run.
pub fn yield_now() {
    with(|s| {
        let running = s.running;
        if let Some(thread) = s.threads.get_mut(&running) {
            thread.state = State::Ready;
            s.ready[thread.priority as usize].push_back(running);
        }
    });
    dispatch();
}

/// The timer interrupt of a machine that has one: the running thread was in kext code.
pub fn preempt() {
    if checks::context::interrupts_enabled() {
        yield_now();
    }
}

/// A KPI call of a kext begins: it may let others run first. Whether others are to run at its end.
pub(crate) fn preemption_point() -> bool {
    let (number, density) = with(|s| (s.random.below(USUAL), s.density));
    if number < density {
        interrupted();
    }
    density > 1 && (density..2 * density).contains(&number)
}

/// Lets others run as an interruption does; while threads take turns often it takes time, so that others are due meanwhile.
pub(crate) fn interrupted() {
    if !checks::context::interrupts_enabled() {
        return;
    }
    with(|s| {
        if s.density > 1 {
            s.now += s.random.below(INTERRUPTION);
        }
    });
    yield_now();
}

/// Runs `work` while threads take turns as often as they can, at the begin and at the end of every fourth KPI call, in machines
/// that interrupt kexts at other times too. What comes between two calls of a kext is found by this, and the seed says when.
pub fn interleaved<R>(work: impl FnOnce() -> R) -> R {
    let hooked = HOOKED.fetch_or(PREEMPT, Ordering::Relaxed) & PREEMPT != 0;
    with(|s| s.density = OFTEN);
    let result = work();
    with(|s| s.density = 1);
    preempt_at_calls(hooked);
    result
}

/// Waits until `event` is woken or the deadline (virtual time) passes. `why` is for reports.
pub fn wait(event: u64, why: &'static str, deadline: Option<u64>) -> Wake {
    checks::context::waits(why);
    with(|s| {
        if let Some(thread) = s.threads.get_mut(&s.running) {
            thread.state = State::Waiting { event, why, deadline };
            if event != 0 && s.events.insert((event, s.running)) {
                s.waiting[group(event)] += 1;
            }
            s.deadlines.extend(deadline.map(|at| (at, s.running)));
        }
    });
    dispatch();
    with(|s| s.threads[&s.running].wake)
}

/// Sleeps until a time.
pub fn sleep_until(deadline: u64) {
    wait(0, "a deadline", Some(deadline));
}

/// Wakes one thread or all that wait for `event`; says how many.
pub fn wake(event: u64, all: bool, result: i32) -> usize {
    with(|s| {
        let mut woken = 0;
        if s.waiting[group(event)] == 0 {
            return woken;
        }
        while let Some(&(_, id)) = s.events.range((event, 0)..=(event, u32::MAX)).next() {
            s.make_ready(id, Wake::Event(result));
            woken += 1;
            if !all {
                break;
            }
        }
        woken
    })
}

/// The group that an event is counted in: by the upper bits of a product that all bits of the event go into.
fn group(event: u64) -> usize {
    (event.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (64 - EVENT_GROUPS.ilog2())) as usize
}

impl Scheduler {
    fn make_ready(&mut self, id: u32, wake: Wake) {
        if let Some(thread) = self.threads.get_mut(&id) {
            if let State::Waiting { event, deadline, .. } = thread.state {
                if self.events.remove(&(event, id)) {
                    self.waiting[group(event)] -= 1;
                }
                if let Some(at) = deadline {
                    self.deadlines.remove(&(at, id));
                }
            }
            thread.state = State::Ready;
            thread.wake = wake;
            self.ready[thread.priority as usize].push_back(id);
        }
    }

    /// Threads whose deadline has passed are ready, in the order of their deadlines.
    fn expire(&mut self) {
        while let Some(&(_, id)) = self.deadlines.first().filter(|(at, _)| *at <= self.now) {
            self.make_ready(id, Wake::Timeout);
        }
    }

    fn next_deadline(&self) -> Option<u64> {
        self.deadlines.first().map(|&(at, _)| at)
    }

    fn take_ready(&mut self) -> Option<u32> {
        self.expire();
        self.ready.iter_mut().rev().find_map(VecDeque::pop_front)
    }
}

/// Goes on with the next thread, letting time jump when none is ready.
fn dispatch() {
    let next = with(|s| {
        s.take_ready().or_else(|| {
            s.now = s.now.max(s.next_deadline()?);
            s.take_ready()
        })
    });
    let Some(next) = next else { crate::fault::deadlock() };
    let change = with(|s| {
        let from = s.running;
        s.running = next;
        let thread = s.threads.get_mut(&next).expect("ready threads exist");
        thread.state = State::Running;
        if from == next {
            return None;
        }
        let to = thread.control.switch_sp;
        CURRENT.store((&raw mut *thread.control).cast(), Ordering::Relaxed);
        let control = match s.threads.get_mut(&from) {
            Some(thread) => &mut thread.control,
            None => &mut s.dead.as_mut().expect("the thread that just ended").control,
        };
        Some((&raw mut control.switch_sp, to))
    });
    if let Some((from, to)) = change {
        boundary::switch(from, to);
        bury();
    }
}

/// One thread as a report shows it.
pub struct Snapshot {
    /// Its name.
    pub name: String,
    /// "running", "ready" or what it waits for.
    pub state: String,
    /// Symbol index of the KPI function it is inside.
    pub symbol: u64,
    /// Kernel stack pointer and frame pointer at the entry into the KPI.
    pub kext: (u64, u64),
    /// Whether it is the running one.
    pub running: bool,
    /// Range of its kernel stack.
    pub kernel_stack: core::ops::Range<usize>,
    /// Range of its KPI stack; the first thread's is the machine's own.
    pub kpi_stack: Option<core::ops::Range<usize>>,
}

/// All threads, for reports; `None` while the scheduler is busy.
pub fn snapshot() -> Option<Vec<Snapshot>> {
    let guard = SCHEDULER.try_borrow()?;
    let s = guard.as_ref()?;
    let take = |(&id, thread): (&u32, &Thread)| Snapshot {
        name: thread.name.clone(),
        state: match &thread.state {
            State::Ready => "ready".to_string(),
            State::Running => "running".to_string(),
            State::Waiting { why, deadline: None, .. } => alloc::format!("waiting for {why}"),
            State::Waiting { why, deadline: Some(at), .. } => {
                alloc::format!("waiting for {why}, until {at} ns (now {} ns)", s.now)
            }
        },
        symbol: thread.control.symbol,
        kext: (thread.control.kext_sp, thread.control.kext_bp),
        running: id == s.running,
        kernel_stack: thread.kernel_stack..thread.kernel_stack + KERNEL_STACK,
        kpi_stack: thread.kpi_stack.map(|stack| stack..stack + KPI_STACK),
    };
    Some(s.threads.iter().map(take).collect())
}
