// What the releases of the family do differently. FAMILY_RELEASE is the oldest that this one is built for: 9 for 10.9, 15 for
// 10.15, 16 for 11. Where a release lacks what another has, the difference stands at its place.
#pragma once

// `newUserClient` without properties opens a client itself, and methods are looked up in a table.
static constexpr bool isOfTables = FAMILY_RELEASE <= 11;
// Methods need the entitlement of the HAL's host.
static constexpr bool needsEntitlement = FAMILY_RELEASE >= 12;
// A method that is given too few scalars says so.
static constexpr bool countsScalars = FAMILY_RELEASE >= 7;
// A client's descriptor is looked at when its buffer is registered.
static constexpr bool checksDescriptors = FAMILY_RELEASE >= 12;
// Output for more than five laps ahead is too early.
static constexpr bool limitsLead = FAMILY_RELEASE >= 9;
// IO on a buffer set that does not exist is an error.
static constexpr bool unknownSetFails = FAMILY_RELEASE >= 16;
// A Start that fails when its buffers join their streams gives the engine back.
static constexpr bool failedStartReleasesEngine = FAMILY_RELEASE >= 10;
// A Start waits so often for a device that sleeps, and not until it wakes.
static constexpr bool limitsWakeWait = FAMILY_RELEASE >= 11;
// A change of power, or a Start on a paused engine, waits for a time, and not until the other is done.
static constexpr bool limitsWaits = FAMILY_RELEASE >= 12;
// A timestamp is one store of 16 bytes.
static constexpr bool stampsAtOnce = FAMILY_RELEASE >= 12;
// A pause clears the buffers before clients hear of it.
static constexpr bool pauseClearsFirst = FAMILY_RELEASE >= 12;
// The erase head moves before what it passed is erased.
static constexpr bool headMovesFirst = FAMILY_RELEASE >= 13;
