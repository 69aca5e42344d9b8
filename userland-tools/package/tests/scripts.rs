//! The scripts, run by shells of today with stand-ins for what only a Mac has, on a folder that stands for its disk.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use package::content::{self, Bundles};

#[path = "scripts/released.rs"]
mod released;
#[path = "scripts/signed.rs"]
mod signed;

/// What a stand-in does: it notes its name and arguments, and some answer as the real one does.
const STAND_IN: &str = r#"#!/bin/sh
name=${0##*/}
echo "$name $*" >> "$LOG"
case $name in
sw_vers) echo "$VERSION" ;;
defaults) echo "$VERSION" ;;
uname) echo "$KERNEL" ;;
sysctl) echo "$ARM" ;;
kextstat) [ ! -f "$LOADED" ] || echo "  99 0 0x0 0x1 0x1 org.loopflower.driver (0.0.9)" ;;
kextunload) [ ! -f "$STUCK" ] || exit 1; rm -f "$LOADED" ;;
esac
case " $FAILING " in *" $name "*) exit 1 ;; esac
"#;

const STANDING_IN: [&str; 15] = [
    "sw_vers",
    "defaults",
    "uname",
    "sysctl",
    "chown",
    "touch",
    "xattr",
    "kextload",
    "kextunload",
    "kextstat",
    "kextcache",
    "kmutil",
    "launchctl",
    "killall",
    "pkgutil",
];

/// A disk with an unpacked package.
struct Mac {
    folder: tempfile::TempDir,
    version: &'static str,
    kernel: &'static str,
    arm: &'static str,
    failing: &'static str,
}

impl Mac {
    fn new(version: &'static str, signed: bool) -> Mac {
        let folder = tempfile::tempdir().unwrap();
        let bundle = |name: &str, mark: &str| {
            let path = folder.path().join("made").join(mark).join(name);
            fs::create_dir_all(path.join("Contents/MacOS")).unwrap();
            fs::write(path.join("Contents/MacOS/Loopflower"), mark).unwrap();
            let plist =
                "<plist version=\"1.0\"><dict><key>CFBundleShortVersionString</key><string>1</string></dict></plist>";
            fs::write(path.join("Contents/Info.plist"), plist).unwrap();
            path
        };
        let bundles = Bundles {
            kext: bundle(content::KEXT, "unsigned"),
            signed_kext: signed.then(|| bundle(content::KEXT, "signed")),
            plugin: bundle(content::PLUGIN, "plug-in"),
            tool: folder.path().join("made/tool"),
            agent: folder.path().join("made/agent"),
        };
        fs::write(&bundles.tool, "command").unwrap();
        fs::write(&bundles.agent, "agent").unwrap();
        for (path, entry) in content::tree(&bundles).unwrap().entries() {
            let path = folder.path().join("disk/Library/Application Support/Loopflower").join(path);
            if entry.mode() & 0o040_000 != 0 {
                fs::create_dir_all(&path).unwrap();
            } else {
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(&path, entry.bytes()).unwrap();
                fs::set_permissions(&path, fs::Permissions::from_mode(u32::from(entry.mode() & 0o777))).unwrap();
            }
        }
        Mac::around(folder, version)
    }

    /// What a Mac has of its own around a folder `disk`.
    fn around(folder: tempfile::TempDir, version: &'static str) -> Mac {
        let programs = folder.path().join("programs");
        fs::create_dir_all(&programs).unwrap();
        for name in STANDING_IN {
            fs::write(programs.join(name), STAND_IN).unwrap();
            fs::set_permissions(programs.join(name), fs::Permissions::from_mode(0o755)).unwrap();
        }
        Mac { folder, version, kernel: "x86_64", arm: "0", failing: "" }
    }

    fn disk(&self) -> PathBuf {
        self.folder.path().join("disk")
    }

    fn support(&self) -> PathBuf {
        self.disk().join("Library/Application Support/Loopflower")
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs a script of the package; its exit code and all that it says.
    fn run(&self, script: &Path, arguments: &[&str]) -> (i32, String) {
        let _ = fs::remove_file(self.path("log"));
        let path = format!("{}:/usr/bin:/bin", self.path("programs").display());
        let mut command = Command::new("/bin/sh");
        command.arg(script).args(arguments).env("PATH", path).env("LOG", self.path("log"));
        command.env("VERSION", self.version).env("KERNEL", self.kernel).env("ARM", self.arm);
        command.env("FAILING", self.failing).env("LOADED", self.path("loaded")).env("STUCK", self.path("stuck"));
        let Output { status, stdout, stderr } = command.output().unwrap();
        let said = [stdout, stderr].concat();
        (status.code().unwrap(), String::from_utf8(said).unwrap())
    }

    /// Runs `install` or `uninstall` on the running system.
    fn rehearse(&self, name: &str, more: &[&str]) -> (i32, String) {
        let root = self.disk().display().to_string();
        self.run(&self.support().join(name), &[&["--root", &root], more].concat())
    }

    /// Runs what Installer runs, when the disk is not that of the running system.
    fn postinstall(&self) -> (i32, String) {
        let (script, support) = (self.path("postinstall"), self.support().display().to_string());
        fs::write(&script, include_str!("../scripts/postinstall")).unwrap();
        let disk = self.disk().display().to_string();
        self.run(&script, &["/tmp/Loopflower.pkg", &support, &disk, "/"])
    }

    /// What the stand-ins were called with, questions left out, paths as on the disk.
    fn log(&self) -> Vec<String> {
        let text = fs::read_to_string(self.path("log")).unwrap_or_default();
        let asks = ["sw_vers", "defaults", "uname", "sysctl", "kextstat", "chown", "xattr"];
        let lines = text.lines().filter(|line| !asks.iter().any(|name| line.starts_with(name)));
        lines.map(|line| line.replace(&self.disk().display().to_string(), "")).collect()
    }

    /// Which drivers are where, and in which form.
    fn drivers(&self) -> Vec<String> {
        let places = [
            "System/Library/Extensions/Loopflower.kext",
            "Library/Extensions/Loopflower.kext",
            "Library/Audio/Plug-Ins/HAL/Loopflower.driver",
        ];
        let form = |place: &&str| fs::read_to_string(self.disk().join(place).join("Contents/MacOS/Loopflower")).ok();
        places.iter().filter_map(|place| Some(format!("{place} {}", form(place)?))).collect()
    }
}

const SYSTEM: &str = "System/Library/Extensions/Loopflower.kext";
const LOCAL: &str = "Library/Extensions/Loopflower.kext";
const PLUGIN: &str = "Library/Audio/Plug-Ins/HAL/Loopflower.driver plug-in";

const KICK: &str = "launchctl kickstart -k system/com.apple.audio.coreaudiod";

#[test]
fn each_release_gets_what_works_there_where_it_belongs() {
    // Release; where each form goes; how the kext is loaded; how the plug-in's host is restarted.
    let load_system = &["touch /System/Library/Extensions", "kextload /System/Library/Extensions/Loopflower.kext"][..];
    let load_local = &["touch /Library/Extensions", "kextload /Library/Extensions/Loopflower.kext"][..];
    let cached = &["touch /Library/Extensions", "kextcache -i /", "kextload /Library/Extensions/Loopflower.kext"][..];
    let approve = &["touch /Library/Extensions", "kmutil load -p /Library/Extensions/Loopflower.kext"][..];
    let (none, kick, kill) = (&[][..], &[KICK][..], &["killall coreaudiod"][..]);
    for (version, unsigned, signed, of_unsigned, of_signed, restart) in [
        ("10.6.8", SYSTEM, SYSTEM, load_system, load_system, none),
        ("10.7.5", SYSTEM, SYSTEM, load_system, load_system, none),
        ("10.8.5", SYSTEM, SYSTEM, load_system, load_system, none),
        ("10.9.5", SYSTEM, LOCAL, load_system, load_local, none),
        ("10.10.5", SYSTEM, LOCAL, load_system, load_local, none),
        ("10.11.6", LOCAL, LOCAL, load_local, load_local, none),
        ("10.12.6", LOCAL, LOCAL, load_local, load_local, kick),
        ("10.13.6", LOCAL, LOCAL, cached, cached, kick),
        ("10.14.6", LOCAL, LOCAL, cached, cached, kick),
        ("10.15.7", LOCAL, LOCAL, cached, cached, kick),
        ("11.7.10", LOCAL, LOCAL, approve, approve, kick),
        ("12.7", "", "", none, none, kick),
        ("13.7", "", "", none, none, kick),
        ("14.3.1", "", "", none, none, kick),
        ("14.4", "", "", none, none, kill),
        ("15", "", "", none, none, kill),
        ("26.0", "", "", none, none, kill),
    ] {
        for (is_signed, place, calls) in [(false, unsigned, of_unsigned), (true, signed, of_signed)] {
            let mac = Mac::new(version, is_signed);
            let (code, said) = mac.rehearse("install", &[]);
            assert_eq!(code, 0, "{version}: {said}");
            // 10.6 and 10.7 refuse a signed binary.
            let old = version.starts_with("10.6") || version.starts_with("10.7");
            let form = if is_signed && !old { "signed" } else { "unsigned" };
            let kext = Some(format!("{place} {form}")).filter(|_| !place.is_empty());
            let plugin = Some(PLUGIN.to_owned()).filter(|_| !restart.is_empty());
            let wanted: Vec<String> = kext.into_iter().chain(plugin).collect();
            assert_eq!(mac.drivers(), wanted, "{version} signed {is_signed}");
            assert_eq!(mac.log(), [calls, restart].concat(), "{version} signed {is_signed}");
        }
    }
}

#[test]
fn what_the_user_has_to_do_is_said_where_it_is_needed() {
    for (version, signed, texts, silent) in [
        ("10.8.5", false, &["kext: loaded"][..], &["Security", "csrutil", "nvram"][..]),
        ("10.10.5", false, &["kext-dev-mode=1"], &["csrutil"]),
        ("10.10.5", true, &["kext: loaded"], &["kext-dev-mode", "csrutil"]),
        ("10.11.6", false, &["csrutil disable"], &["kext-dev-mode", "Security & Privacy"]),
        ("10.13.6", true, &["Security & Privacy"], &["csrutil", "then restart"]),
        ("11.7", true, &["Security & Privacy", "then restart"], &["csrutil"]),
        ("12.7", true, &["kext: left out on 12.7"], &["Security & Privacy"]),
        ("10.9", false, &["plug-in: left out on 10.9"], &["csrutil"]),
    ] {
        let (_, said) = Mac::new(version, signed).rehearse("install", &[]);
        for text in texts {
            assert!(said.contains(text), "{version}: {text} in {said}");
        }
        for text in silent {
            assert!(!said.contains(text), "{version}: no {text} in {said}");
        }
    }
}

#[test]
fn a_32_bit_kernel_is_told_how_to_become_64_bit_and_no_kext_is_loaded() {
    for version in ["10.6.8", "10.7.5"] {
        let mac = Mac { kernel: "i386", ..Mac::new(version, false) };
        let (code, said) = mac.rehearse("install", &[]);
        assert!(code == 0 && said.contains("systemsetup -setkernelbootarchitecture x86_64"), "{said}");
        assert_eq!(mac.log(), ["touch /System/Library/Extensions"]);
    }
}

#[test]
fn apple_silicon_gets_the_plugin_alone() {
    let mac = Mac { arm: "1", ..Mac::new("11.7", true) };
    let (code, said) = mac.rehearse("install", &[]);
    assert!(code == 0 && said.contains("kext: left out; it is for Intel"), "{said}");
    assert_eq!(mac.drivers(), [PLUGIN]);
}

#[test]
fn what_an_earlier_installation_left_is_replaced() {
    let mac = Mac::new("10.9.5", true);
    let old = mac.disk().join(SYSTEM);
    fs::create_dir_all(&old).unwrap();
    let stale = mac.disk().join(LOCAL).join("Contents/stale");
    fs::create_dir_all(&stale).unwrap();
    fs::write(mac.path("loaded"), "").unwrap();
    assert_eq!(mac.rehearse("install", &[]).0, 0);
    assert!(!old.exists() && !stale.exists());
    assert_eq!(mac.log()[0], "kextunload -b org.loopflower.driver");

    // In use: it cannot be unloaded, and the new one is not loaded on top of it.
    fs::write(mac.path("loaded"), "").unwrap();
    fs::write(mac.path("stuck"), "").unwrap();
    let (code, said) = mac.rehearse("install", &[]);
    assert!(code == 0 && said.contains("restart to load this one"), "{said}");
    assert!(!mac.log().iter().any(|line| line.starts_with("kextload")), "{:?}", mac.log());
}

#[test]
fn what_fails_is_said_with_the_way_out() {
    for (failing, version, code, text) in [
        ("kextload", "10.12.6", 0, "sudo kextutil -n -t"),
        ("kmutil", "11.7", 0, "not loaded yet"),
        ("kextcache", "10.14", 0, "caches were not rebuilt"),
        ("launchctl", "13.0", 0, "restart the Mac"),
        ("killall", "15.1", 0, "restart the Mac"),
        ("chown", "10.12.6", 1, "run this as root"),
    ] {
        let mac = Mac { failing, ..Mac::new(version, false) };
        let (ended, said) = mac.rehearse("install", &[]);
        assert!(ended == code && said.contains(text), "{failing}: {ended} {said}");
        if code == 1 {
            assert!(mac.drivers().is_empty(), "nothing half done: {:?}", mac.drivers());
        }
    }
    for (version, text) in [("10.5.8", "10.6 is the oldest"), ("", "cannot tell the release"), ("Tiger", "cannot tell")]
    {
        let (code, said) = Mac::new(version, false).rehearse("install", &[]);
        assert!(code == 1 && said.contains(text), "{said}");
    }
    for arguments in [&["--only", "dext"][..], &["--volume"], &["--fast", "1"]] {
        let (code, said) = Mac::new("10.9", false).rehearse("install", arguments);
        assert!(code == 2 && said.contains("usage"), "{said}");
    }
    let (code, said) = Mac::new("10.9", false).rehearse("install", &["--only", "plug-in"]);
    assert!(code == 1 && said.contains("nothing was installed"), "{said}");
}

#[test]
fn installer_puts_it_on_another_disk_without_touching_the_running_system() {
    let mac = Mac::new("10.12.6", true);
    let (code, said) = mac.postinstall();
    assert!(code == 0 && said.contains("it loads when"), "{said}");
    assert_eq!(mac.drivers(), [format!("{LOCAL} signed"), PLUGIN.to_owned()]);
    assert_eq!(mac.log(), ["touch /Library/Extensions"]);
}

#[test]
fn uninstalling_leaves_nothing() {
    for version in ["10.6.8", "10.9.5", "10.12.6", "10.15.7", "11.7", "14.4", "15"] {
        let mac = Mac::new(version, true);
        assert_eq!(mac.rehearse("install", &[]).0, 0);
        fs::write(mac.path("loaded"), "").unwrap();
        let (code, said) = mac.rehearse("uninstall", &[]);
        assert!(code == 0 && said.contains("nothing is left"), "{version}: {said}");
        assert!(mac.drivers().is_empty() && !mac.support().exists(), "{version}");
        let log = mac.log();
        assert_eq!(log.last().unwrap(), "pkgutil --volume  --forget org.loopflower.pkg", "{log:?}");
        assert_eq!(
            log.contains(&"kextunload -b org.loopflower.driver".to_owned()),
            version.starts_with("10"),
            "{log:?}"
        );
        assert_eq!(said.contains("stays loaded until the next restart"), version == "11.7", "{said}");
        assert_eq!(
            log.contains(&"killall coreaudiod".to_owned()),
            version.starts_with("14") || version == "15",
            "{log:?}"
        );
    }
}

#[test]
fn a_kext_in_use_stays_loaded_and_uninstall_says_so() {
    let mac = Mac::new("10.12.6", false);
    for name in ["loaded", "stuck"] {
        fs::write(mac.path(name), "").unwrap();
    }
    let (code, said) = mac.rehearse("uninstall", &[]);
    assert!(code == 0 && said.contains("in use and stays loaded"), "{said}");
    assert_eq!(mac.log().iter().filter(|line| line.starts_with("kextunload")).count(), 2);
}

#[test]
fn the_command_is_there_from_10_12_on_the_agent_before_and_what_is_not_ours_stays() {
    let link = "usr/local/bin/loopflower";
    for (version, there) in [("10.6.8", false), ("10.11.6", false), ("10.12.6", true), ("11.7", true), ("15", true)] {
        let (name, other) = if there { (content::TOOL, content::AGENT) } else { (content::AGENT, content::TOOL) };
        let links = |mac: &Mac, name: &str| fs::read_link(mac.disk().join("usr/local/bin").join(name)).ok();
        let mac = Mac::new(version, false);
        let (_, said) = mac.rehearse("install", &[]);
        let wanted = PathBuf::from(format!("/Library/Application Support/Loopflower/bin/{name}"));
        assert_eq!((links(&mac, name), links(&mac, other)), (Some(wanted), None), "{version}: {said}");
        assert!(said.contains(&format!("command: /usr/local/bin/{name}\n")), "{said}");
        assert_eq!(mac.rehearse("uninstall", &[]).0, 0);
        assert_eq!(links(&mac, name), None, "{version}");
    }
    // From the plain archive, which lies anywhere.
    let mac = Mac::new("13.1", false);
    fs::rename(mac.support(), mac.path("unpacked")).unwrap();
    let root = mac.disk().display().to_string();
    let (code, said) = mac.run(&mac.path("unpacked/install"), &["--root", &root, "--only", "command"]);
    assert!(code == 0 && said.contains("command: /usr/local/bin/loopflower"), "{said}");
    assert_eq!(fs::read_to_string(mac.support().join("bin/loopflower")).unwrap(), "command");
    // Somebody else's link of that name, even one that leads nowhere here.
    fs::remove_file(mac.disk().join(link)).unwrap();
    std::os::unix::fs::symlink("/opt/other/loopflower", mac.disk().join(link)).unwrap();
    let (code, said) = mac.run(&mac.path("unpacked/install"), &["--root", &root]);
    assert!(code == 0 && said.contains("is there and not ours"), "{said}");
    assert_eq!(fs::read_link(mac.disk().join(link)).unwrap(), PathBuf::from("/opt/other/loopflower"));
    // Somebody else's program.
    fs::remove_file(mac.disk().join(link)).unwrap();
    fs::write(mac.disk().join(link), "other").unwrap();
    let (code, said) = mac.run(&mac.path("unpacked/install"), &["--root", &root]);
    assert!(code == 0 && said.contains("is there and not ours"), "{said}");
    assert_eq!(mac.run(&mac.path("unpacked/uninstall"), &["--root", &root]).0, 0);
    assert_eq!(fs::read_to_string(mac.disk().join(link)).unwrap(), "other");
}
