//! The hosted machine: kexts in a child process.
