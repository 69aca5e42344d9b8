# What the stand-ins share. A step fails, hangs or panics where stand_in.fail=STEP, stand_in.hang=STEP or stand_in.panic=STEP says so.
said() { cat "/run/stand-in/$1" 2>/dev/null; }
release() { said release || echo 10.11.6; }

# The kext that is loaded: identifier, version and class, one a line.
STATE=/run/stand-in/loaded
# The user-space driver that coreaudiod has.
SERVED=/run/stand-in/served

step() {
  [ "$(said hang)" = "$1" ] && sleep 100000
  [ "$(said panic)" = "$1" ] && panic
  [ "$(said gone)" = "$1" ] && { killall dropbear; ip link set eth0 down; sleep 100000; }
  [ "$(said fail)" = "$1" ] || return 0
  return 1
}

panic() {
  report=/Library/Logs/DiagnosticReports/Kernel_2013-11-12-131415_Stand-In.panic
  [ -e "$STATE" ] && { read -r identifier; read -r version; } < "$STATE"
  sleep 1
  cat > "$report" <<END
Tue Nov 12 13:14:15 2013
panic(cpu 0 caller 0xffffff80002c268d): "stand-in: asked to panic"@/stand-in/lib.sh:1
Backtrace (CPU 0), Frame : Return Address
0xffffff8012345670 : 0xffffff8000204d15
0xffffff8012345680 : $(said address || echo 0xffffff7f80a01234)
      Kernel Extensions in backtrace:
         $identifier($version)[$(said uuid)]@0xffffff7f80a00000->0xffffff7f80bfffff

BSD process name corresponding to current thread: kextd
END
  # What a disk keeps over the restart.
  [ -b /dev/vda ] && tar -cf /dev/vda -C / var/tmp Library/Logs 2>/dev/null && sync
  [ -e /run/stand-in/quiet ] || cat "$report" > /dev/ttyS0
  [ -e /run/stand-in/stays ] && { killall dropbear; sleep 100000; }
  echo b > /proc/sysrq-trigger
  sleep 100
}
