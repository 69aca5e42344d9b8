//! The stand-in guest's kernel and first file system, made from the packages of this Debian or Ubuntu.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Cursor};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use cpio::{NewcBuilder, write_cpio};

type Fallible<T> = Result<T, String>;

/// Packages whose first dependency is the kernel's, the smallest first: Debian's, then Ubuntu's.
const KERNELS: [&str; 3] = ["linux-image-cloud-amd64", "linux-image-amd64", "linux-image-virtual"];
/// Modules in the order in which they need each other; those that the kernel has built in are not there.
const MODULES: [&str; 11] = [
    "failover",
    "net_failover",
    "virtio",
    "virtio_ring",
    "virtio",
    "virtio_pci_legacy_dev",
    "virtio_pci_modern_dev",
    "virtio_pci",
    "virtio_net",
    "virtio_blk",
    "binfmt_misc",
];
/// The hash of its root's password, `crate::on::PASSWORD`.
const PASSWORD: &str = "$5$standin$wnzh95wifMYaWWfe9ceIOlL/unU1TFJoVkbEY/BELND";
const MODE_FOLDER: u32 = 0o040_755;
const MODE_FILE: u32 = 0o100_000;

/// What QEMU boots.
pub struct Image {
    /// The kernel.
    pub kernel: PathBuf,
    /// The first file system.
    pub initrd: PathBuf,
    /// A key that its root takes.
    pub key: PathBuf,
}

/// Makes it in `folder`, or takes what an earlier test has made there: packages are kept, our own files are packed anew. `target` has
/// what was built.
pub fn image(folder: &Path, target: &Path) -> Fallible<Image> {
    let packages = folder.join("packages");
    let tree = folder.join("tree");
    if !tree.is_dir() {
        fs::create_dir_all(&packages).map_err(|why| format!("{}: {why}", packages.display()))?;
        let unpacked = folder.join("unpacked");
        let _ = fs::remove_dir_all(&unpacked);
        for package in fetch(&packages)? {
            run(Command::new("dpkg-deb").arg("-x").arg(&package).arg(&unpacked))?;
        }
        fs::rename(&unpacked, &tree).map_err(|why| format!("{}: {why}", tree.display()))?;
    }
    let key = folder.join("key");
    if !key.is_file() {
        run(Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(&key))?;
    }
    let kernel = first(&tree.join("boot"), "vmlinuz").ok_or("the kernel's package has no vmlinuz")?;
    let initrd = folder.join("initrd");
    pack(&tree, &key, target, &initrd).map_err(|why| format!("{}: {why}", initrd.display()))?;
    Ok(Image { kernel, initrd, key })
}

fn run(command: &mut Command) -> Fallible<String> {
    let output = command.output().map_err(|why| format!("{command:?}: {why}"))?;
    if !output.status.success() {
        return Err(format!("{command:?}: {}", String::from_utf8_lossy(&output.stderr).trim()));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Fetches the packages into a folder: a kernel, a shell, an ssh server and the libraries that it needs.
fn fetch(folder: &Path) -> Fallible<Vec<PathBuf>> {
    let own = apt_of_its_own(folder);
    // The system's own lists will mostly do; where there are none, lists of our own are fetched, which needs no root.
    fetch_by(folder, &[]).or_else(|_| {
        for name in ["lists", "cache"] {
            fs::create_dir_all(folder.join(name).join("partial"))
                .map_err(|why| format!("{}: {why}", folder.display()))?;
        }
        run(Command::new("apt-get").args(&own).arg("update"))?;
        fetch_by(folder, &own)
    })
}

fn apt_of_its_own(folder: &Path) -> Vec<String> {
    let option = |key: &str, name: &str| ["-o".to_owned(), format!("{key}={}", folder.join(name).display())];
    [option("Dir::State::lists", "lists"), option("Dir::Cache", "cache")].concat()
}

fn fetch_by(folder: &Path, options: &[String]) -> Fallible<Vec<PathBuf>> {
    let depends = |arguments: &[&str]| run(Command::new("apt-cache").args(options).arg("depends").args(arguments));
    let kernel = KERNELS.into_iter().find_map(|meta| {
        let text = depends(&[meta]).ok()?;
        let names = text.lines().filter_map(|line| line.trim().strip_prefix("Depends: "));
        names.map(str::to_owned).find(|name| name.starts_with("linux-image-"))
    });
    let kernel = kernel.ok_or_else(|| format!("none of {KERNELS:?} is in the lists of packages"))?;
    let needs = [
        "--recurse",
        "--no-recommends",
        "--no-suggests",
        "--no-conflicts",
        "--no-breaks",
        "--no-replaces",
        "--no-enhances",
    ];
    let mut names: BTreeSet<String> = BTreeSet::from([kernel.clone(), "busybox-static".to_owned()]);
    let is_name = |line: &&str| line.starts_with(|c: char| c.is_ascii_alphanumeric());
    names.extend(depends(&[&needs[..], &["dropbear-bin"]].concat())?.lines().filter(is_name).map(str::to_owned));
    // Ubuntu has a kernel's modules in a package of their own.
    let modules = depends(&[&kernel])?;
    let modules = modules
        .lines()
        .filter_map(|line| line.trim().strip_prefix("Depends: "))
        .find(|name| name.starts_with("linux-modules-"));
    names.extend(modules.map(str::to_owned));
    run(Command::new("apt-get").args(options).arg("download").args(&names).current_dir(folder))?;
    let mut files: Vec<PathBuf> =
        files(folder).into_iter().filter(|path| path.extension().is_some_and(|end| end == "deb")).collect();
    files.sort();
    Ok(files)
}

/// All files below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
    entries
        .flat_map(|entry| {
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) { files(&entry.path()) } else { vec![entry.path()] }
        })
        .collect()
}

fn first(folder: &Path, begin: &str) -> Option<PathBuf> {
    files(folder)
        .into_iter()
        .find(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(begin)))
}

/// The command, which hosts our tool for Macs: without what debuggers read of it, so that the guest has room for it. The libraries
/// that it needs are those of the guest's packages, which are this system's.
fn host(stripped: &Path) -> io::Result<Vec<u8>> {
    let whole = Path::new(env!("CARGO_BIN_EXE_loopflower"));
    let changed = |path: &Path| fs::metadata(path).and_then(|of| of.modified());
    if !changed(stripped).is_ok_and(|at| changed(whole).is_ok_and(|of_whole| at > of_whole)) {
        let status = Command::new("strip").arg("-o").arg(stripped).arg(whole).status()?;
        if !status.success() {
            return Err(io::Error::other(format!("strip of {} ends with {status}", whole.display())));
        }
    }
    fs::read(stripped)
}

/// Packs the first file system.
fn pack(tree: &Path, key: &Path, target: &Path, to: &Path) -> io::Result<()> {
    let mut entries: Vec<(String, u32, Vec<u8>)> = Vec::new();
    for folder in [
        "bin",
        "dev",
        "etc",
        "etc/dropbear",
        "lib",
        "lib64",
        "modules",
        "proc",
        "root",
        "root/.ssh",
        "stand-in",
        "stand-in/Loopflower.driver",
        "stand-in/Loopflower.driver/Contents",
        "stand-in/Loopflower.driver/Contents/MacOS",
        "sys",
        "usr",
        "usr/bin",
        "usr/sbin",
    ] {
        let mode = if folder.starts_with("root") { 0o040_700 } else { MODE_FOLDER };
        entries.push((folder.to_owned(), mode, Vec::new()));
    }
    let mut file = |name: String, mode: u32, bytes: Vec<u8>| entries.push((name, MODE_FILE | mode, bytes));
    let all = files(tree);
    let named = |name: &str| all.iter().find(|path| path.file_name().is_some_and(|file| *file == *name));
    for (program, place) in [("bin/busybox", "bin/busybox"), ("sbin/dropbear", "usr/bin/dropbear")] {
        let path = all.iter().find(|path| path.ends_with(program));
        let path = path.ok_or_else(|| io::Error::other(format!("no package has {program}")))?;
        file(place.to_owned(), 0o755, fs::read(path)?);
    }
    for path in all.iter().filter(|path| path.to_string_lossy().contains(".so")) {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let place = if name.starts_with("ld-linux") { format!("lib64/{name}") } else { format!("lib/{name}") };
        // A link that leads out of the tree is to a file that another package has.
        if let Ok(bytes) = fs::read(path)
            && !path.to_string_lossy().contains("/gconv/")
        {
            file(place, 0o755, bytes);
        }
    }
    let mut order = String::new();
    for module in MODULES {
        for (end, unpack) in [("ko", None), ("ko.xz", Some("xz")), ("ko.zst", Some("zstd"))] {
            let Some(path) = named(&format!("{module}.{end}")) else { continue };
            let bytes = match unpack {
                None => fs::read(path)?,
                Some(tool) => Command::new(tool).arg("-dc").arg(path).output()?.stdout,
            };
            order.extend([module, ".ko "]);
            file(format!("modules/{module}.ko"), 0o644, bytes);
        }
    }
    file("modules/order".to_owned(), 0o644, order.into_bytes());
    let ours = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../vm-test/macos/stand-in");
    file("init".to_owned(), 0o755, fs::read(ours.join("init"))?);
    for name in ["lib.sh", "agent"] {
        file(format!("stand-in/{name}"), 0o755, fs::read(ours.join(name))?);
    }
    file("stand-in/loopflower".to_owned(), 0o755, host(&to.with_file_name("loopflower"))?);
    let plugin = target.join("plugin/Loopflower.driver");
    for path in files(&plugin) {
        let name = path.strip_prefix(target.join("plugin")).map_err(io::Error::other)?.display().to_string();
        file(format!("stand-in/{name}"), 0o755, fs::read(&path)?);
    }
    for (from, to) in [("tools", "usr/bin"), ("sbin", "usr/sbin")] {
        for tool in files(&ours.join(from)) {
            let name = tool.file_name().unwrap_or_default().to_string_lossy().into_owned();
            file(format!("{to}/{name}"), 0o755, fs::read(&tool)?);
        }
    }
    for (name, text) in [
        ("etc/passwd", "root:x:0:0:root:/root:/bin/sh\n"),
        ("etc/shadow", &format!("root:{PASSWORD}:1:0:99999:7:::\n")),
        ("etc/group", "wheel:x:0:\n"),
        ("etc/shells", "/bin/sh\n"),
    ] {
        file(name.to_owned(), 0o644, text.as_bytes().to_vec());
    }
    file("root/.ssh/authorized_keys".to_owned(), 0o600, fs::read(key.with_extension("pub"))?);
    // A module that is named twice, and files that two packages have.
    let mut seen = BTreeSet::new();
    entries.retain(|(name, ..)| seen.insert(name.clone()));
    let inodes = 1..;
    let inputs = inodes
        .zip(entries)
        .map(|(inode, (name, mode, bytes))| (NewcBuilder::new(&name).ino(inode).mode(mode), Cursor::new(bytes)));
    let begun = to.with_extension("begun");
    write_cpio(inputs, File::create(&begun)?)?;
    fs::set_permissions(&begun, fs::Permissions::from_mode(0o644))?;
    fs::rename(begun, to)
}
