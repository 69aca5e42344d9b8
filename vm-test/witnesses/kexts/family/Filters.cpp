// IOAudioTimeIntervalFilter and its two kinds: they smooth the times that a driver sees its laps end at. Nothing in the family
// calls them.
#include <IOKit/audio/IOAudioTimeIntervalFilter.h>

#include "Support.h"

DEFINE_ABSTRACT_CLASS(IOAudioTimeIntervalFilter, OSObject)
DEFINE_CONCRETE_CLASS(IOAudioTimeIntervalFilterIIR, IOAudioTimeIntervalFilter)
DEFINE_CONCRETE_CLASS(IOAudioTimeIntervalFilterFIR, IOAudioTimeIntervalFilter)

using Wide = unsigned __int128;

static Wide wide(const U128 &value) { return Wide(value.hi) << 64 | value.lo; }

static U128 narrow(Wide value) { return {UInt64(value), UInt64(value >> 64)}; }

// The product of two words, whole. Others may import it.
U128 UInt64mult(const uint64_t one, const uint64_t other) { return narrow(Wide(one) * other); }

// The base: a history of as many filtered times as make the intervals that are measured together.

int IOAudioTimeIntervalFilter::incCircularBufferPosition(int position, int size) { return (position + 1) % size; }

int IOAudioTimeIntervalFilter::decCircularBufferPosition(int position, int size) {
    return position == 0 ? size - 1 : position - 1;
}

static void freeHistory(uint64_t *&history, uint32_t count) {
    if (history) {
        IOFree(history, count * sizeof(*history));
        history = nullptr;
    }
}

static uint64_t *allocateHistory(uint32_t count) {
    void *memory = count ? IOMalloc(count * sizeof(uint64_t)) : nullptr;
    if (memory) {
        bzero(memory, count * sizeof(uint64_t));
    }
    return static_cast<uint64_t *>(memory);
}

bool IOAudioTimeIntervalFilter::initFilter(uint32_t expectedInterval, uint32_t multiIntervalCount) {
    if (!OSObject::init()) {
        return false;
    }
    timeIntervalLock = IOLockAlloc();
    return timeIntervalLock && reInitialiseFilter(expectedInterval, multiIntervalCount) == kIOReturnSuccess;
}

void IOAudioTimeIntervalFilter::free() {
    freeHistory(mIntervalTimeHistory, mMultiIntervalCount);
    if (timeIntervalLock) {
        IOLockFree(timeIntervalLock);
        timeIntervalLock = nullptr;
    }
    OSObject::free();
}

// An interval of 0 is the one that was last seen.
IOReturn IOAudioTimeIntervalFilter::reInitialiseFilter(uint32_t expectedInterval, uint32_t multiIntervalCount) {
    IOLockLock(timeIntervalLock);
    if (expectedInterval == 0 && mIntervalTimeHistory && mFilterCount > 1) {
        const int last = decCircularBufferPosition(mIntervalTimeHistoryPointer, int(mMultiIntervalCount));
        const int before = decCircularBufferPosition(last, int(mMultiIntervalCount));
        expectedInterval = uint32_t(mIntervalTimeHistory[last] - mIntervalTimeHistory[before]);
    }
    mExpectedInterval = expectedInterval ? expectedInterval : mExpectedInterval;
    freeHistory(mIntervalTimeHistory, mMultiIntervalCount);
    // Between so many intervals there is one time more.
    mMultiIntervalCount = multiIntervalCount + 1;
    mIntervalTimeHistory = allocateHistory(mMultiIntervalCount);
    mIntervalTimeHistoryPointer = 0;
    mFilterCount = 0;
    const bool made = mIntervalTimeHistory != nullptr;
    IOLockUnlock(timeIntervalLock);
    return made ? kIOReturnSuccess : kIOReturnNoMemory;
}

AbsoluteTime IOAudioTimeIntervalFilter::newTimePosition(AbsoluteTime raw) {
    AbsoluteTime filtered = 0;
    IOLockLock(timeIntervalLock);
    if (mIntervalTimeHistory) {
        filtered = calculateNewTimePosition(raw);
        if (mFilterCount == 0) {
            // What came before, if the interval was as expected.
            for (uint32_t index = 0; index < mMultiIntervalCount; index++) {
                mIntervalTimeHistory[index] = filtered - uint64_t(mMultiIntervalCount - index) * mExpectedInterval;
            }
        }
        mIntervalTimeHistory[mIntervalTimeHistoryPointer] = filtered;
        mIntervalTimeHistoryPointer = incCircularBufferPosition(mIntervalTimeHistoryPointer, int(mMultiIntervalCount));
        mFilterCount++;
    }
    IOLockUnlock(timeIntervalLock);
    return filtered;
}

uint64_t IOAudioTimeIntervalFilter::getMultiIntervalTime() {
    uint64_t time = 0;
    IOLockLock(timeIntervalLock);
    if (mIntervalTimeHistory) {
        const int newest = decCircularBufferPosition(mIntervalTimeHistoryPointer, int(mMultiIntervalCount));
        time = mIntervalTimeHistory[newest] - mIntervalTimeHistory[mIntervalTimeHistoryPointer];
    }
    IOLockUnlock(timeIntervalLock);
    return time;
}

// Two recursive stages: the time, and how far the first stage is behind it, so that an even interval has no lag.

bool IOAudioTimeIntervalFilterIIR::initFilter(uint32_t expectedInterval, uint32_t multiIntervalCount, uint16_t shift) {
    mIIRCoef = shift;
    return IOAudioTimeIntervalFilter::initFilter(expectedInterval, multiIntervalCount);
}

void IOAudioTimeIntervalFilterIIR::IIR(U128 *state, U128 input, int shift) {
    const Wide last = wide(*state);
    *state = narrow(last - (last >> shift) + wide(input));
}

uint64_t IOAudioTimeIntervalFilterIIR::calculateNewTimePosition(uint64_t raw) {
    const int shift = mIIRCoef;
    // Keeps what is behind the first times above 0.
    const Wide bias = Wide(mExpectedInterval) << shift;
    const Wide time = bias + raw;
    if (mFilterCount == 0) {
        // As if even intervals had led here.
        const Wide lag = bias - mExpectedInterval;
        mFilteredSnapshot = narrow((time - lag) << shift);
        mFilteredOffset = narrow(lag << shift);
        return raw;
    }
    IIR(&mFilteredSnapshot, narrow(time), shift);
    IIR(&mFilteredOffset, narrow(time - (wide(mFilteredSnapshot) >> shift)), shift);
    return uint64_t(((wide(mFilteredSnapshot) + wide(mFilteredOffset)) >> shift) - bias);
}

// Two stages of weights: the time, and how far the first stage is behind it.

static const uint64_t defaultWeights[] = {1,  2,  4,  7,  10, 14, 19, 25, 31, 37, 43, 49, 54, 58, 62, 64, 64,
                                          64, 62, 58, 54, 49, 43, 37, 31, 25, 19, 14, 10, 7,  4,  2,  1};
// The weights' sum as a power of two.
static constexpr uint32_t defaultScale = 10;

bool IOAudioTimeIntervalFilterFIR::initFilter(uint32_t expectedInterval, uint32_t multiIntervalCount) {
    return IOAudioTimeIntervalFilter::initFilter(expectedInterval, multiIntervalCount) &&
           setNewFilter(sizeof(defaultWeights) / sizeof(defaultWeights[0]), defaultWeights, defaultScale) ==
               kIOReturnSuccess;
}

void IOAudioTimeIntervalFilterFIR::free() {
    freeHistory(mCoeffs, mNumCoeffs);
    freeHistory(mDataHistory, mNumCoeffs);
    freeHistory(mDataOffsetHistory, mNumCoeffs);
    IOAudioTimeIntervalFilter::free();
}

#if FAMILY_RELEASE >= 10
using ExpectedInterval = uint32_t;
#else
// Not the type that the base class has, so that this is no override.
using ExpectedInterval = uint64_t;
#endif

IOReturn IOAudioTimeIntervalFilterFIR::reInitialiseFilter(ExpectedInterval expected, uint32_t multiIntervalCount) {
    mFilterWritePointer = 0;
    return IOAudioTimeIntervalFilter::reInitialiseFilter(uint32_t(expected), multiIntervalCount);
}

IOReturn IOAudioTimeIntervalFilterFIR::setNewFilter(uint32_t count, const uint64_t *weights, uint32_t scale) {
    if (count == 0 || !weights) {
        return kIOReturnBadArgument;
    }
    IOLockLock(timeIntervalLock);
    freeHistory(mCoeffs, mNumCoeffs);
    freeHistory(mDataHistory, mNumCoeffs);
    freeHistory(mDataOffsetHistory, mNumCoeffs);
    mNumCoeffs = count;
    mFilterScale = scale;
    mFilterWritePointer = 0;
    mFilterCount = 0;
    mCoeffs = allocateHistory(count);
    mDataHistory = allocateHistory(count);
    mDataOffsetHistory = allocateHistory(count);
    const bool made = mCoeffs && mDataHistory && mDataOffsetHistory;
    if (made) {
        memcpy(mCoeffs, weights, count * sizeof(*weights));
    }
    IOLockUnlock(timeIntervalLock);
    return made ? kIOReturnSuccess : kIOReturnNoMemory;
}

// The weighted sum of a history with a new value at the place of the oldest one.
U128 IOAudioTimeIntervalFilterFIR::FIR(uint64_t *history, uint64_t input) {
    history[mFilterWritePointer] = input;
    Wide sum = 0;
    int place = int(mFilterWritePointer);
    for (uint32_t index = 0; index < mNumCoeffs; index++) {
        sum += Wide(history[place]) * mCoeffs[index];
        place = decCircularBufferPosition(place, int(mNumCoeffs));
    }
    return narrow(sum);
}

uint64_t IOAudioTimeIntervalFilterFIR::calculateNewTimePosition(uint64_t raw) {
    if (!mCoeffs || !mDataHistory || !mDataOffsetHistory) {
        return raw;
    }
    if (mFilterCount == 0) {
        // As if even intervals had led here: the weights are even, so the first stage is half of them behind.
        for (uint32_t age = 1; age <= mNumCoeffs; age++) {
            const uint32_t place = (mFilterWritePointer + mNumCoeffs - age) % mNumCoeffs;
            mDataHistory[place] = raw - uint64_t(age) * mExpectedInterval;
            mDataOffsetHistory[place] = uint64_t(mNumCoeffs / 2) * mExpectedInterval;
        }
    }
    const uint64_t smoothed = uint64_t(wide(FIR(mDataHistory, raw)) >> mFilterScale);
    const uint64_t lag = uint64_t(wide(FIR(mDataOffsetHistory, raw - smoothed)) >> mFilterScale);
    mFilterWritePointer = uint32_t(incCircularBufferPosition(int(mFilterWritePointer), int(mNumCoeffs)));
    return smoothed + lag;
}
