#!/bin/sh
# The last word on a trial boot (rule 7), for the case that the agent is dead, hung or gone: a trial that is not
# marked good in time ends by a reboot, and the boot loader's counter does the rest.
#
# It needs sh, od and sleep; no Node, no store, no network. It must not know how a boot control looks (that is
# the probe's), and it never writes one. In doubt it does nothing.
#
# Every INTERVAL_S it asks the probe:
#   good         the booted slot is marked good: ends.
#   trial        at DEADLINE_S + GRACE_S seconds of uptime it reboots, unless the heartbeat is younger than
#                60 s and says waiting-mcu: then it looks again later.
#   no-fallback  a trial, but no other slot can boot: a reboot would only use up the tries. Ends at that time.
#   (else)       the probe cannot tell: it may be able to later (a write at hand). Ends at that time.
#
# Heartbeat: one line, "<uptime in seconds> <state>". Wall time is not trusted and not used.
#
# Settings come from the file trial-deadline.conf beside this script's place in the image, as KEY=VALUE lines
# that are read, never run. Each can be overridden by the environment, which is how the emulated appliance runs
# this very script: DONABE_TRIAL_CONF, DONABE_TRIAL_PROBE, DONABE_MISC, DONABE_MAIN_OFFSET, DONABE_BACKUP_OFFSET,
# DONABE_GRUBENV, DONABE_FW_ENV_CONFIG, DONABE_COUNTING, DONABE_SCRIPT, DONABE_TRIAL_MARK, DONABE_NAME_A,
# DONABE_NAME_B, DONABE_WORD_A, DONABE_WORD_B (what these are, the probes say),
# DONABE_DEADLINE_S, DONABE_GRACE_S, DONABE_INTERVAL_S, DONABE_HEARTBEAT_FRESH_S, DONABE_HEARTBEAT,
# DONABE_CMDLINE, DONABE_UPTIME (a file like /proc/uptime, which the heartbeat counts by as well), DONABE_REBOOT (a
# program that stands for the reboot), DONABE_REBOOT_FORCE_S.
set -u

conf=${DONABE_TRIAL_CONF:-/usr/lib/donabe/trial-deadline.conf}

# conf_value KEY: the last value of KEY in the settings file, or nothing.
conf_value() {
  found=
  if [ -r "$conf" ]; then
    while IFS='=' read -r key value || [ -n "$key" ]; do
      [ "$key" = "$1" ] && found=$value
    done <"$conf"
  fi
  printf '%s\n' "$found"
}

# number VALUE DEFAULT: VALUE if it is a plain decimal number, else DEFAULT. A typing error in the settings must
# not switch the watch off, and a leading zero would be read as octal.
number() {
  case $1 in
    0) echo 0 ;;
    '' | *[!0-9]* | 0* | ??????????*) echo "$2" ;;
    *) echo "$1" ;;
  esac
}

say() {
  echo "trial-deadline: $*"
}

deadline=$(number "${DONABE_DEADLINE_S:-$(conf_value DEADLINE_S)}" 600)
grace=$(number "${DONABE_GRACE_S:-$(conf_value GRACE_S)}" 300)
interval=$(number "${DONABE_INTERVAL_S:-$(conf_value INTERVAL_S)}" 15)
fresh=$(number "${DONABE_HEARTBEAT_FRESH_S:-}" 60)
force_after=$(number "${DONABE_REBOOT_FORCE_S:-}" 120)
heartbeat=${DONABE_HEARTBEAT:-/run/donabe/heartbeat}
uptime_file=${DONABE_UPTIME:-/proc/uptime}

probe=${DONABE_TRIAL_PROBE:-$(conf_value PROBE)}
probe=${probe:-/usr/lib/donabe/trial-deadline-android.sh}
misc=${DONABE_MISC:-$(conf_value MISC)}
DONABE_MISC=${misc:-/dev/disk/by-partlabel/misc}
DONABE_MAIN_OFFSET=$(number "${DONABE_MAIN_OFFSET:-$(conf_value MAIN_OFFSET)}" 2048)
DONABE_BACKUP_OFFSET=$(number "${DONABE_BACKUP_OFFSET:-$(conf_value BACKUP_OFFSET)}" 6144)
DONABE_GRUBENV=${DONABE_GRUBENV:-$(conf_value GRUBENV)}
DONABE_FW_ENV_CONFIG=${DONABE_FW_ENV_CONFIG:-$(conf_value FW_ENV_CONFIG)}
DONABE_COUNTING=${DONABE_COUNTING:-$(conf_value COUNTING)}
DONABE_SCRIPT=${DONABE_SCRIPT:-$(conf_value SCRIPT)}
DONABE_TRIAL_MARK=${DONABE_TRIAL_MARK:-$(conf_value TRIAL_MARK)}
DONABE_NAME_A=${DONABE_NAME_A:-$(conf_value NAME_A)}
DONABE_NAME_B=${DONABE_NAME_B:-$(conf_value NAME_B)}
DONABE_WORD_A=${DONABE_WORD_A:-$(conf_value WORD_A)}
DONABE_WORD_B=${DONABE_WORD_B:-$(conf_value WORD_B)}
export DONABE_MISC DONABE_MAIN_OFFSET DONABE_BACKUP_OFFSET
export DONABE_FW_ENV_CONFIG DONABE_COUNTING
export DONABE_GRUBENV DONABE_SCRIPT DONABE_TRIAL_MARK DONABE_NAME_A DONABE_NAME_B DONABE_WORD_A DONABE_WORD_B

# Whole seconds of uptime, or nothing.
uptime_s() {
  up=
  [ -r "$uptime_file" ] && read -r up rest <"$uptime_file"
  number "${up%%.*}" ''
}

# The agent is alive and its MCU forbids what confirm still needs: then the deadline stands still (rule 8).
waiting_for_mcu() {
  stamp=
  state=
  [ -r "$heartbeat" ] && read -r stamp state <"$heartbeat"
  [ "$state" = waiting-mcu ] || return 1
  stamp=$(number "${stamp%%.*}" '')
  now=$(uptime_s)
  [ -n "$stamp" ] && [ -n "$now" ] || return 1
  age=$((now - stamp))
  [ "$age" -ge 0 ] && [ "$age" -lt "$fresh" ]
}

# No soft request: --force has PID 1 kill what runs, unmount and reboot without stopping units first, so no unit
# can hold it up; what runs still gets SIGTERM and the system's stop timeout. A PID 1 that hangs is passed by
# --force --force: the reboot system call itself. Behind both stands the hardware watchdog.
reboot_now() {
  if [ -n "${DONABE_REBOOT:-}" ]; then
    "$DONABE_REBOOT"
    return
  fi
  systemctl reboot --force &
  sleep "$force_after"
  systemctl reboot --force --force
}

# `donabe boot doctor` asks what the probe says with these settings.
if [ "${1:-}" = --probe ]; then
  exec sh "$probe"
fi

limit=$((deadline + grace))
while :; do
  verdict=$(sh "$probe")
  if [ "$verdict" = good ]; then
    say "the booted slot is marked good"
    exit 0
  fi
  now=$(uptime_s)
  if [ -n "$now" ] && [ "$now" -ge "$limit" ]; then
    if [ "$verdict" != trial ]; then
      say "time is up, but nothing is done: ${verdict:-unknown}"
      exit 0
    fi
    if waiting_for_mcu; then
      say "time is up, but the agent waits for the MCU"
    else
      say "the trial was not marked good within $limit s of boot: rebooting"
      reboot_now
      exit
    fi
  fi
  sleep "$interval"
done
