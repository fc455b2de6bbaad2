#!/bin/sh
# Is this boot a trial? The answer of GRUB's environment block, as one word: good, trial, no-fallback, or unknown
# (the reason goes to the journal). Reads only; sh and grub-editenv are all it needs.
#
# Meaning of the variables: bootctl/grub-decision.ts. Booted slot: bootctl/booted-slot.ts. What changes there changes
# here; the tests run both over the same blocks.
set -u
set -f # words of the command line and of the lists are no file patterns

grubenv=${DONABE_GRUBENV:-/boot/grub/grubenv}
cmdline=${DONABE_CMDLINE:-/proc/cmdline}
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

[ -f "$grubenv" ] || unknown "there is no $grubenv"
listing=$(grub-editenv "$grubenv" list 2>/dev/null) || unknown "grub-editenv cannot read $grubenv"

# value NAME: the last one, as GRUB loads it. A line that only continues a value cannot be told from a variable;
# such a value has no place in a boot control.
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

# can_boot NAME: in the order, not marked bad, its try not used up.
allowed() {
  in_list "$1" "$order" && [ "$(value "${1}_OK")" = 1 ]
}
can_boot() {
  allowed "$1" && [ "$(value "${1}_TRY")" != 1 ]
}

case $listing in
  ORDER=* | *"
ORDER="*) ;;
  *) unknown "no ORDER in $grubenv" ;;
esac
order=$(value ORDER)
trial=$(value donabe_trial)
for word in $order $trial; do
  [ "$word" = "$name_a" ] || [ "$word" = "$name_b" ] || unknown "$grubenv names a slot that is not known: $word"
done
for name in "$name_a" "$name_b"; do
  for flag in "${name}_OK" "${name}_TRY"; do
    case $(value "$flag") in
      '' | 0 | 1) ;;
      *) unknown "$flag in $grubenv is neither 0 nor 1" ;;
    esac
  done
done

if [ "$booted" = a ]; then
  own=$name_a
  other=$name_b
else
  own=$name_b
  other=$name_a
fi

# A vendor's script marks a good slot as tried at each boot: only the trial mark tells a trial from it.
if allowed "$own" && ! in_list "$own" "$trial"; then
  echo good
elif can_boot "$other"; then
  echo trial
else
  echo no-fallback
fi
