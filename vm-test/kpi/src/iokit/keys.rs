//! The kernel's key symbols (`gIO…Key`): OSSymbols in variables that kexts import.

use crate::libkern::string;
use crate::mem;
use crate::object::Obj;
use crate::registry::Variable;
use crate::symbols;

macro_rules! keys {
    ($($variable:literal, $text:literal;)* planes: $($plane:literal,)*) => {
        /// The variables, those of the planes among them; [`boot`] and [`super::plane::boot`] fill them.
        pub static VARIABLES: &[Variable] = &[
            $(Variable { name: $variable, size: 8, value: 0 },)*
            $(Variable { name: $plane, size: 8, value: 0 },)*
        ];

        const SYMBOLS: &[(&str, &str)] = &[$(($variable, $text),)*];
    };
}

keys! {
    "_gIOAppPowerStateInterest", "IOAppPowerStateInterest";
    "_gIOBusyInterest", "IOBusyInterest";
    "_gIOClassKey", "IOClass";
    "_gIOCommandPoolSizeKey", "IOCommandPoolSize";
    "_gIODefaultMatchCategoryKey", "IODefaultMatchCategory";
    "_gIODeviceMemoryKey", "IODeviceMemory";
    "_gIOFirstMatchNotification", "IOServiceFirstMatch";
    "_gIOFirstPublishNotification", "IOServiceFirstPublish";
    "_gIOGeneralInterest", "IOGeneralInterest";
    "_gIOInterruptControllersKey", "IOInterruptControllers";
    "_gIOInterruptSpecifiersKey", "IOInterruptSpecifiers";
    "_gIOKitDebugKey", "IOKitDebug";
    "_gIOLocationKey", "IOLocation";
    "_gIOLocationMatchKey", "IOLocationMatch";
    "_gIOMatchCategoryKey", "IOMatchCategory";
    "_gIOMatchedNotification", "IOServiceMatched";
    "_gIOMatchedServiceCountKey", "IOMatchedServiceCountMatch";
    "_gIOModuleIdentifierKey", "CFBundleIdentifier";
    "_gIONameKey", "IOName";
    "_gIONameMatchKey", "IONameMatch";
    "_gIONameMatchedKey", "IONameMatched";
    "_gIOParentMatchKey", "IOParentMatch";
    "_gIOPathMatchKey", "IOPathMatch";
    "_gIOPriorityPowerStateInterest", "IOPriorityPowerStateInterest";
    "_gIOProbeScoreKey", "IOProbeScore";
    "_gIOPropertyMatchKey", "IOPropertyMatch";
    "_gIOProviderClassKey", "IOProviderClass";
    "_gIOPublishNotification", "IOServicePublish";
    "_gIOResourceMatchKey", "IOResourceMatch";
    "_gIOResourcesKey", "IOResources";
    "_gIOServiceKey", "IOService";
    "_gIOTerminatedNotification", "IOServiceTerminate";
    "_gIOUserClientClassKey", "IOUserClientClass";
    "_gIOWillTerminateNotification", "IOServiceWillTerminate";
    planes:
    "_gIOServicePlane",
    "_gIOPowerPlane",
}

/// Makes the symbols.
pub fn boot() {
    for (variable, text) in SYMBOLS {
        mem::write(symbols::variable(variable), string::symbol(text));
    }
}

/// The OSSymbol in a variable of this module, not retained.
///
/// # Panics
/// When there is no such variable: a mistake in the KPI's own source.
pub fn symbol(variable: &str) -> Obj {
    mem::read(symbols::variable(variable))
}
