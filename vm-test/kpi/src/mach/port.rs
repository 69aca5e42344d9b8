//! Notification ports: a queue of short messages from the kernel to a process.

use alloc::collections::{BTreeMap, VecDeque};
use alloc::vec::Vec;

use crate::global::Global;

/// Messages that a port holds at most (MACH_PORT_QLIMIT_DEFAULT); more are dropped, as a send with a timeout of 0 does.
const LIMIT: usize = 5;

/// Names have two low bits free, where asynchronous references keep flags.
const STEP: u64 = 4;

struct Ports {
    queues: BTreeMap<u64, VecDeque<Vec<u8>>>,
    next: u64,
}

static PORTS: Global<Ports> = Global::new(Ports { queues: BTreeMap::new(), next: STEP });

/// Makes a port; its name is never 0.
pub fn new() -> u64 {
    let mut ports = PORTS.borrow();
    let name = ports.next;
    ports.next += STEP;
    ports.queues.insert(name, VecDeque::new());
    name
}

/// Sends a message; false when the port is full or gone.
pub fn send(port: u64, message: &[u8]) -> bool {
    match PORTS.borrow().queues.get_mut(&port) {
        Some(queue) if queue.len() < LIMIT => {
            queue.push_back(message.to_vec());
            true
        }
        _ => false,
    }
}

/// Sends a message however many wait; false when the port is gone.
pub fn send_always(port: u64, message: &[u8]) -> bool {
    let mut ports = PORTS.borrow();
    let queue = ports.queues.get_mut(&port);
    queue.map(|queue| queue.push_back(message.to_vec())).is_some()
}

/// Takes the oldest message.
pub fn receive(port: u64) -> Option<Vec<u8>> {
    PORTS.borrow().queues.get_mut(&port)?.pop_front()
}

/// Destroys a port.
pub fn destroy(port: u64) {
    PORTS.borrow().queues.remove(&port);
}

#[cfg(test)]
mod tests {
    #[test]
    fn messages_arrive_in_order_until_the_queue_is_full() {
        let port = super::new();
        assert!((0..5).all(|byte| super::send(port, &[byte])));
        assert!(!super::send(port, &[9]), "a full port drops");
        assert_eq!(super::receive(port), Some(alloc::vec![0]));
        super::destroy(port);
        assert_eq!(super::receive(port), None);
        assert!(!super::send(port, &[0]));
    }
}
