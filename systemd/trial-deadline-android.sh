#!/bin/sh
# Is this boot a trial? The answer of the Android boot control in misc, as one word: good, trial, no-fallback,
# or unknown (the reason goes to the journal). Reads only; sh and od are all it needs.
#
# It follows the boot loader: the main copy if its CRC holds, else the backup if that one's does; a copy with a
# right CRC and a strange magic or version ends it. Layout: bootctl/android-block.ts. Booted slot:
# bootctl/booted-slot.ts. What changes there changes here; the tests run both over the same blocks.
set -u
set -f # the command line's words are no file patterns

misc=${DONABE_MISC:-/dev/disk/by-partlabel/misc}
main_offset=${DONABE_MAIN_OFFSET:-2048}
backup_offset=${DONABE_BACKUP_OFFSET:-6144}
cmdline=${DONABE_CMDLINE:-/proc/cmdline}
# Words of the command line that tell the slots apart where no slot parameter does: root=PARTUUID=... and the like.
word_a=${DONABE_WORD_A:-donabe.slot=a}
word_b=${DONABE_WORD_B:-donabe.slot=b}

unknown() {
  echo "trial-deadline: $*" >&2
  echo unknown
  exit 0
}

# block_at OFFSET: the 32 bytes as decimal numbers.
block_at() {
  od -An -v -tu1 -j "$1" -N 32 "$misc" 2>/dev/null
}

# crc_holds 32 NUMBERS: CRC-32 (reflected, polynomial EDB88320) over the first 28, in two halves of 16 bits,
# because a shell need not count further than 31.
crc_holds() {
  [ $# -eq 32 ] || return 1
  high=65535
  low=65535
  while [ $# -gt 4 ]; do
    low=$((low ^ $1))
    shift
    for bit in 1 2 3 4 5 6 7 8; do
      out=$((low & 1))
      low=$(((low >> 1) | ((high & 1) << 15)))
      high=$((high >> 1))
      [ "$out" -eq 0 ] || {
        low=$((low ^ 0x8320))
        high=$((high ^ 0xEDB8))
      }
    done
  done
  low=$((low ^ 65535))
  high=$((high ^ 65535))
  [ $((low & 255)) -eq "$1" ] && [ $((low >> 8)) -eq "$2" ] &&
    [ $((high & 255)) -eq "$3" ] && [ $((high >> 8)) -eq "$4" ]
}

# can_boot BYTE0 BYTE1: not flagged as corrupted, and tries left or successful.
can_boot() {
  [ $(($2 & 1)) -eq 0 ] && [ $(($1 & 240)) -ne 0 ]
}

# Every slot parameter has to name the same slot.
booted=
for word in $(cat "$cmdline" 2>/dev/null); do
  case $word in
    androidboot.slot_suffix=_a | rauc.slot=[Aa] | donabe.slot=a | "$word_a") names=a ;;
    androidboot.slot_suffix=_b | rauc.slot=[Bb] | donabe.slot=b | "$word_b") names=b ;;
    androidboot.slot_suffix=* | rauc.slot=* | donabe.slot=*) unknown "strange slot in $cmdline: $word" ;;
    *) continue ;;
  esac
  [ -z "$booted" ] || [ "$booted" = "$names" ] || unknown "$cmdline names two slots"
  booted=$names
done
[ -n "$booted" ] || unknown "$cmdline names no slot"

# Word splitting is wanted: one argument for each byte.
block=$(block_at "$main_offset")
if ! crc_holds $block; then
  block=$(block_at "$backup_offset")
  crc_holds $block || unknown "both copies of the boot control in $misc are bad"
fi
set -- $block
[ "$5 $6 $7 $8" = '66 67 65 66' ] || unknown "no boot control magic in $misc"
[ "$9" -le 1 ] || unknown "boot control version $9 is not known"
count=$((${10} & 7))
strangers=no
if [ "$count" -ge 3 ] && can_boot "${17}" "${18}"; then strangers=yes; fi
if [ "$count" -ge 4 ] && can_boot "${19}" "${20}"; then strangers=yes; fi
[ "$count" -ge 2 ] && [ "$strangers" = no ] || unknown "the boot control in $misc is not one of two slots"

if [ "$booted" = a ]; then
  own="${13} ${14}"
  other="${15} ${16}"
else
  own="${15} ${16}"
  other="${13} ${14}"
fi

if [ $((${own% *} & 128)) -ne 0 ]; then
  echo good
elif can_boot $other; then
  echo trial
else
  echo no-fallback
fi
