#!/bin/sh
# Is this boot a trial? The answer of U-Boot's environment, as one word: good, trial, no-fallback, or unknown (the
# reason goes to the journal). Reads only; sh and fw_printenv (libubootenv or U-Boot's own) are all it needs.
#
# Meaning of the variables: bootctl/uboot-decision.ts. Booted slot: bootctl/booted-slot.ts. What changes there
# changes here; the tests run both over the same environments.
set -u
set -f # words of the command line and of the lists are no file patterns

config=${DONABE_FW_ENV_CONFIG:-/etc/fw_env.config}
cmdline=${DONABE_CMDLINE:-/proc/cmdline}
# Who counts: donabe, vendor or bootcount, as boot-control.counting in donabe.toml.
counting=${DONABE_COUNTING:-donabe}
name_a=${DONABE_NAME_A:-A}
name_b=${DONABE_NAME_B:-B}
# Words of the command line that tell the slots apart where no slot parameter does: root=PARTUUID=... and the like.
word_a=${DONABE_WORD_A:-donabe.slot=a}
word_b=${DONABE_WORD_B:-donabe.slot=b}

unknown() {
  echo "trial-deadline: $*" >&2
  echo unknown
  exit 0
}

# in_list NAME WORDS: whether the name is one of the words.
in_list() {
  wanted=$1
  shift
  for word in $*; do
    [ "$word" = "$wanted" ] && return 0
  done
  return 1
}

# Every slot parameter has to name the same slot.
booted=
for word in $(cat "$cmdline" 2>/dev/null); do
  case $word in
    androidboot.slot_suffix=_a | rauc.slot=[Aa] | donabe.slot=a | "rauc.slot=$name_a" | "$word_a") names=a ;;
    androidboot.slot_suffix=_b | rauc.slot=[Bb] | donabe.slot=b | "rauc.slot=$name_b" | "$word_b") names=b ;;
    androidboot.slot_suffix=* | rauc.slot=* | donabe.slot=*) unknown "strange slot in $cmdline: $word" ;;
    *) continue ;;
  esac
  [ -z "$booted" ] || [ "$booted" = "$names" ] || unknown "$cmdline names two slots"
  booted=$names
done
[ -n "$booted" ] || unknown "$cmdline names no slot"

# With both copies bad U-Boot's own tool prints a default that was compiled into it, and only warns.
listing=$(fw_printenv -c "$config" 2>&1) || unknown "fw_printenv cannot read the environment of $config"
case $listing in
  *'Bad CRC'* | *'default environment'*) unknown "both copies of the environment of $config are bad" ;;
esac

# value NAME: the last one. A line feed inside a value would look like a variable; such a value has no place in a
# boot control, and ours come without.
value() {
  found=
  while IFS= read -r line; do
    case $line in
      "$1="*) found=${line#*=} ;;
    esac
  done <<LISTING
$listing
LISTING
  printf '%s\n' "$found"
}

# count NAME: a decimal counter; absent is 0.
count() {
  number=$(value "$1")
  case ${number:-0} in
    *[!0-9]* | ??????????*) unknown "$1 is no number: $number" ;;
  esac
  # A leading zero would be read as octal.
  number=${number#"${number%%[!0]*}"}
  echo "${number:-0}"
}

case $listing in
  BOOT_ORDER=* | *"
BOOT_ORDER="*) ;;
  *) unknown "no BOOT_ORDER in the environment of $config" ;;
esac
order=$(value BOOT_ORDER)
trial=$(value donabe_trial)
for word in $order $trial; do
  [ "$word" = "$name_a" ] || [ "$word" = "$name_b" ] || unknown "the environment names a slot that is not known: $word"
done

# can_boot NAME: in the order, and boots left by whoever counts.
can_boot() {
  in_list "$1" "$order" || return 1
  if [ "$counting" = bootcount ]; then
    # U-Boot counts the first of the order, and only on trial; a limit of 0 is none.
    [ "${order%% *}" = "$1" ] || return 0
    [ "$available" -gt 0 ] && [ "$limit" -gt 0 ] || return 0
    [ "$booted_so_far" -lt "$limit" ]
    return
  fi
  left=$(value "BOOT_${1}_LEFT")
  # An absent counter is none for our boot script, and as good as new for RAUC's sample.
  [ -n "$left" ] || [ "$counting" != vendor ] || return 0
  case $left in
    *[!0]*) return 0 ;;
  esac
  return 1
}

if [ "$counting" = bootcount ]; then
  order=$(echo $order)
  available=$(count upgrade_available)
  limit=$(count bootlimit)
  booted_so_far=$(count bootcount)
  case "$available$limit$booted_so_far" in *[!0-9]*) unknown 'a boot counter is no number' ;; esac
else
  for name in $order; do
    case $(value "BOOT_${name}_LEFT") in
      *[!0-9a-fA-F]* | ?????????*) unknown "BOOT_${name}_LEFT is no number" ;;
    esac
  done
fi

if [ "$booted" = a ]; then
  own=$name_a
  other=$name_b
else
  own=$name_b
  other=$name_a
fi

# A vendor's script counts a good slot down at each boot: only the trial mark tells a trial from it.
if in_list "$own" "$order" && ! in_list "$own" "$trial"; then
  echo good
elif can_boot "$other"; then
  echo trial
else
  echo no-fallback
fi
