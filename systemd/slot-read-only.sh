#!/bin/sh
# Sets every device of the booted slot read-only in the kernel (rule 2). Needs sh, mountpoint and blockdev.
#
# The booted slot is told by two witnesses: the device that the root file system lies on, and the kernel's command
# line. One is enough; when they contradict each other, or both are silent, nothing is set and the script fails.
# It must not know what a boot control is.
#
# slots.conf beside it, KEY=VALUE lines that are read, never run: SLOT_A and SLOT_B, the devices of each slot; NAME_A,
# NAME_B, WORD_A, WORD_B as in trial-deadline.conf. The tests override DONABE_SLOTS_CONF, DONABE_ROOT,
# DONABE_CMDLINE, DONABE_WAIT_S.
set -u
set -f # words are no file patterns

conf=${DONABE_SLOTS_CONF:-/usr/lib/donabe/slots.conf}
root=${DONABE_ROOT:-/}
cmdline=${DONABE_CMDLINE:-/proc/cmdline}
wait_s=${DONABE_WAIT_S:-30}

fail() {
  echo "slot-read-only: $*; nothing is set" >&2
  exit 1
}

# conf_value KEY: the last value of KEY in the settings file, or nothing.
conf_value() {
  found=
  while IFS='=' read -r key value || [ -n "$key" ]; do
    [ "$key" = "$1" ] && found=$value
  done <"$conf"
  printf '%s\n' "$found"
}

[ -r "$conf" ] || fail "$conf cannot be read"
slot_a=$(conf_value SLOT_A)
slot_b=$(conf_value SLOT_B)
[ -n "$slot_a" ] && [ -n "$slot_b" ] || fail "$conf names no devices"
name_a=$(conf_value NAME_A)
name_b=$(conf_value NAME_B)
word_a=$(conf_value WORD_A)
word_b=$(conf_value WORD_B)

# number DEVICE: its major:minor, or nothing.
number() {
  node=$(readlink -f "$1") && cat "/sys/class/block/${node##*/}/dev" 2>/dev/null
}

# holds NUMBER DEVICES: whether one of the devices has this number.
holds() {
  wanted=$1
  shift
  for device in $*; do
    [ "$(number "$device")" = "$wanted" ] && return 0
  done
  return 1
}

by_words=
for word in $(cat "$cmdline" 2>/dev/null); do
  case $word in
    androidboot.slot_suffix=_a | rauc.slot=[Aa] | donabe.slot=a | "rauc.slot=${name_a:-A}" | "${word_a:-donabe.slot=a}") says=a ;;
    androidboot.slot_suffix=_b | rauc.slot=[Bb] | donabe.slot=b | "rauc.slot=${name_b:-B}" | "${word_b:-donabe.slot=b}") says=b ;;
    androidboot.slot_suffix=* | rauc.slot=* | donabe.slot=*) fail "strange slot in $cmdline: $word" ;;
    *) continue ;;
  esac
  [ -z "$by_words" ] || [ "$by_words" = "$says" ] || fail "$cmdline names two slots"
  by_words=$says
done

# The names under /dev/disk come with udev, maybe a moment after the root file system.
by_root=
root_number=$(mountpoint -d "$root" 2>/dev/null)
for second in $(seq 0 "$wait_s"); do
  [ "$second" = 0 ] || sleep 1
  in_a=no
  in_b=no
  holds "$root_number" $slot_a && in_a=yes
  holds "$root_number" $slot_b && in_b=yes
  [ "$in_a$in_b" != yesyes ] || fail "$root lies on a device of both slots"
  if [ "$in_a" = yes ]; then by_root=a; fi
  if [ "$in_b" = yes ]; then by_root=b; fi
  booted=${by_root:-$by_words}
  [ -n "$booted" ] || continue
  if [ "$booted" = a ]; then devices=$slot_a; else devices=$slot_b; fi
  missing=
  for device in $devices; do
    [ -b "$device" ] || missing=$device
  done
  [ -n "$missing" ] || break
done

[ -n "$booted" ] || fail "$cmdline names no slot, and $root lies on no device of $conf"
[ -z "$by_words" ] || [ "$by_words" = "$booted" ] ||
  fail "$cmdline names slot $by_words, but $root lies on slot $by_root"
[ -z "$missing" ] || fail "$missing is no block device"
for device in $devices; do
  blockdev --setro "$device" || fail "$device could not be set read-only"
  echo "slot-read-only: $device of booted slot $booted"
done
