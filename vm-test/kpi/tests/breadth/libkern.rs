//! libkern: data, collections, and their texts.

use kpi::class;
use kpi::functions;
use kpi::libkern::{array, boolean, data, dictionary, number, serialize, set, string, unserialize};
use kpi::object::{Direct, Method, Obj};

use crate::{call, word};

pub fn bytes() {
    let own = *b"text\0";
    let lent = Obj(call("__ZN6OSData15withBytesNoCopyEPvj", &[own.as_ptr() as u64, 5]) as usize);
    assert_eq!(call("__ZN6OSData11appendBytesEPKvj", &[lent.word(), own.as_ptr() as u64, 1]) as u8, 0, "not its own");
    let text = string::string("text");
    assert_eq!(call("__ZNK6OSData9isEqualToEPK8OSString", &[lent.word(), text.word()]) as u8, 1);
    let part = Obj(call("__ZN6OSData8withDataEPKS_jj", &[lent.word(), 1, 3]) as usize);
    call("__ZN6OSData10appendByteEhj", &[part.word(), u64::from(b'!'), 2]);
    assert_eq!(data::bytes(part), b"ext!!");
    assert_eq!(call("__ZN6OSData8withDataEPKS_jj", &[lent.word(), 3, 3]), 0, "beyond the end");
    for object in [lent, text, part] {
        object.release();
    }
}

pub fn comparisons() {
    static EQUAL: Method = Method::new("OSMetaClassBase", "__ZNK15OSMetaClassBase9isEqualToEPKS_");
    static COPY: Method = Method::new("OSCollection", "__ZN12OSCollection14copyCollectionEP12OSDictionary");
    let table = |value: u64| {
        let (table, list) = (dictionary::new(), array::new());
        let number = number::new(value, 32);
        array::push(list, number);
        number.release();
        dictionary::put(table, "List", list);
        table
    };
    let (one, same, other) = (table(1), table(1), table(2));
    assert!(EQUAL.call_bool(one, &[same.word()]) && !EQUAL.call_bool(one, &[other.word()]));
    let copy = COPY.call_obj(one, &[0]);
    assert!(EQUAL.call_bool(one, &[copy.word()]));
    assert_ne!(dictionary::get(one, "List"), dictionary::get(copy, "List"), "collections are copied");
    for table in [one, same, other, copy] {
        table.release();
    }
}

pub fn texts() {
    static FOR_TARGET: Direct = Direct::new("__ZN12OSSerializer9forTargetEPvPFbS0_S0_P11OSSerializeES0_");
    static UNSERIALIZE: Direct = Direct::new("__Z16OSUnserializeXMLPKcPP8OSString");
    let shared = string::string("a <b> & c");
    let list = array::new();
    for member in [number::new(42, 32), boolean::object(true), data::new(b"foob"), shared.retain(), shared.retain()] {
        array::push(list, member);
        member.release();
    }
    let table = dictionary::new();
    dictionary::put(table, "List", list);
    let members = set::new();
    set::add(members, shared);
    dictionary::put(table, "Set", members);
    let text = serialize::text_of(table).unwrap();
    let expected = "<dict ID=\"0\"><key>List</key><array ID=\"1\"><integer size=\"32\" ID=\"2\">0x2a</integer><true/>\
                    <data ID=\"3\">Zm9vYg==</data><string ID=\"4\">a &lt;b&gt; &amp; c</string><reference IDREF=\"4\"/>\
                    </array><key>Set</key><set ID=\"5\"><reference IDREF=\"4\"/></set></dict>";
    assert_eq!(String::from_utf8(text.clone()).unwrap(), expected);
    let back = unserialize::parse(&text).unwrap();
    assert_eq!(serialize::text_of(back), Some(text));
    back.release();

    let own = FOR_TARGET.call_obj(&[1, write_number as *const () as u64, 2]);
    assert_eq!(serialize::text_of(own).as_deref(), Some(&b"<integer>7</integer>"[..]));
    own.release();
    let plain = class::instantiate("OSObject");
    assert_eq!(serialize::text_of(plain).unwrap(), b"<string ID=\"0\">OSObject is not serializable</string>");
    plain.release();
    table.release();
    shared.release();

    let mut error = Obj::NULL;
    let wrong = c"<dict>\n<key>a</key><array><true/></dict>";
    assert!(UNSERIALIZE.call_obj(&[word(wrong), (&raw mut error) as u64]).is_null());
    assert_eq!(string::text(error), "OSUnserializeXML: syntax error near line 2\n");
    error.release();
    let nested = format!("{}{}", "<array>".repeat(65), "</array>".repeat(65));
    assert!(unserialize::parse(nested.as_bytes()).unwrap_err().contains("maximum depth"));
    let header = b"<?xml version=\"1.0\"?><!DOCTYPE plist><plist><!-- no --><string>x</string></plist>";
    let read = unserialize::parse(header).unwrap();
    assert_eq!(string::text(read), "x");
    read.release();
}

extern "C" fn write_number(target: u64, reference: u64, to: Obj) -> bool {
    static ADD: Direct = Direct::new("__ZN11OSSerialize9addStringEPKc");
    assert_eq!((target, reference), (1, 2));
    ADD.call_bool(&[to.word(), c"<integer>7</integer>".as_ptr() as u64])
}

functions! { pub FUNCTIONS:
    "test: write_number" => write_number,
}
