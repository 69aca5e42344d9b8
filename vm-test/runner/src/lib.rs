//! Scenarios, machines and reports.
