//! Functions assembled for the purpose, and which of their instructions use memory below the stack pointer.

use iced_x86::code_asm::*;

use super::*;

const START: u64 = 0x1000;

/// Assembles a function and returns the numbers of its instructions, from 0, that are findings.
fn below(write: impl Fn(&mut CodeAssembler) -> Result<(), IcedError>) -> Vec<usize> {
    let mut assembler = CodeAssembler::new(64).unwrap();
    write(&mut assembler).unwrap();
    let bytes = assembler.assemble(START).unwrap();
    let code = Code::of_function("_f", START, &bytes);
    let addresses: Vec<u64> = code.functions[0].instructions.keys().copied().collect();
    assert_eq!(addresses.len(), assembler.instructions().len(), "all instructions are reached");
    let offsets = check(&code).into_iter().map(|finding| START + finding.offset.unwrap());
    offsets.map(|address| addresses.binary_search(&address).unwrap()).collect()
}

#[test]
fn a_leaf_without_a_frame() {
    let found = below(|a| {
        a.mov(qword_ptr(rsp - 8), rdi)?;
        a.mov(rax, qword_ptr(rsp))?;
        a.mov(rax, qword_ptr(rsp + 8))?;
        a.mov(rax, qword_ptr(rsp - 128))?;
        a.ret()
    });
    assert_eq!(found, [0, 3]);
}

#[test]
fn a_leaf_with_a_frame_pointer_and_no_room() {
    let found = below(|a| {
        a.push(rbp)?;
        a.mov(rbp, rsp)?;
        a.mov(qword_ptr(rbp - 0x40), rdi)?;
        a.mov(rax, qword_ptr(rbp))?;
        a.mov(rax, qword_ptr(rbp + 16))?;
        a.pop(rbp)?;
        a.ret()
    });
    assert_eq!(found, [2]);
}

#[test]
fn room_counts_to_its_last_byte_and_no_further() {
    let found = below(|a| {
        a.push(rbp)?;
        a.mov(rbp, rsp)?;
        a.push(rbx)?;
        a.sub(rsp, 0x18)?;
        a.mov(qword_ptr(rbp - 0x20), rdi)?;
        a.mov(byte_ptr(rbp - 0x21), dil)?;
        a.mov(qword_ptr(rsp), rdi)?;
        a.add(rsp, 0x18)?;
        a.mov(rax, qword_ptr(rbp - 8))?;
        a.mov(rax, qword_ptr(rbp - 0x10))?;
        a.pop(rbx)?;
        a.mov(rax, qword_ptr(rbp - 8))?;
        a.pop(rbp)?;
        a.ret()
    });
    assert_eq!(found, [5, 9, 11]);
}

#[test]
fn an_address_that_is_taken_counts() {
    let found = below(|a| {
        a.lea(rdi, qword_ptr(rsp - 0x20))?;
        a.mov(qword_ptr(rdi), rsi)?;
        a.lea(rsp, qword_ptr(rsp - 0x20))?;
        a.lea(rdi, qword_ptr(rsp))?;
        a.lea(rsp, qword_ptr(rsp + 0x20))?;
        a.ret()
    });
    assert_eq!(found, [0]);
}

#[test]
fn an_aligned_frame_is_followed() {
    let found = below(|a| {
        a.push(rbp)?;
        a.mov(rbp, rsp)?;
        a.and(rsp, -64)?;
        a.sub(rsp, 0x80)?;
        a.movaps(xmmword_ptr(rsp), xmm0)?;
        a.movaps(xmmword_ptr(rsp + 0x70), xmm0)?;
        a.movaps(xmmword_ptr(rsp - 0x10), xmm0)?;
        a.mov(rax, qword_ptr(rbp - 0x80))?;
        a.mov(rax, qword_ptr(rbp - 0x88))?;
        a.mov(rsp, rbp)?;
        a.mov(rax, qword_ptr(rbp - 8))?;
        a.pop(rbp)?;
        a.ret()
    });
    assert_eq!(found, [6, 8, 10]);
}

#[test]
fn leave_gives_the_room_back() {
    let found = below(|a| {
        a.push(rbp)?;
        a.mov(rbp, rsp)?;
        a.sub(rsp, 0x20)?;
        a.mov(qword_ptr(rbp - 0x20), rdi)?;
        a.leave()?;
        a.mov(rax, qword_ptr(rsp - 8))?;
        a.ret()
    });
    assert_eq!(found, [5]);
}

#[test]
fn of_two_ways_to_a_place_the_one_with_less_room_counts() {
    let found = below(|a| {
        let mut join = a.create_label();
        a.test(rdi, rdi)?;
        a.je(join)?;
        a.sub(rsp, 0x10)?;
        a.set_label(&mut join)?;
        a.mov(rax, qword_ptr(rsp + 8))?;
        a.mov(rax, qword_ptr(rsp - 8))?;
        a.ret()
    });
    assert_eq!(found, [4]);
}

#[test]
fn another_use_of_rbp_is_no_frame() {
    let found = below(|a| {
        a.push(rbp)?;
        a.mov(rbp, rdi)?;
        a.mov(rax, qword_ptr(rbp - 0x40))?;
        a.mov(rbp, rsp)?;
        a.xor(ebp, ebp)?;
        a.mov(rax, qword_ptr(rbp - 0x40))?;
        a.pop(rbp)?;
        a.ret()
    });
    assert_eq!(found, [0usize; 0]);
}

#[test]
fn calls_and_pushes_are_no_accesses_below() {
    let found = below(|a| {
        a.push(rbx)?;
        a.call(rax)?;
        a.push(qword_ptr(rsp))?;
        a.pop(qword_ptr(rsp))?;
        a.pop(rbx)?;
        a.ret()
    });
    assert_eq!(found, [0usize; 0]);
}

#[test]
fn a_stack_pointer_that_moves_in_a_loop_is_given_up() {
    let mut assembler = CodeAssembler::new(64).unwrap();
    let mut turn = assembler.create_label();
    assembler.set_label(&mut turn).unwrap();
    assembler.add(rsp, 8).unwrap();
    assembler.jne(turn).unwrap();
    assembler.ret().unwrap();
    let bytes = assembler.assemble(START).unwrap();
    let findings = check(&Code::of_function("_f", START, &bytes));
    assert!(findings.len() == 1 && findings[0].problem.contains("cannot be told"), "{findings:?}");
}
