#!/bin/sh
# Is this boot a trial? The answer of a vendor's command (RAUC's five custom verbs) and of the trial mark beside it,
# as one word: good, trial, no-fallback, or unknown (the reason goes to the journal). It asks and never sets.
#
# Order of the answers: bootctl/script.ts. Booted slot: bootctl/booted-slot.ts, or the command's get-current. What
# changes there changes here; the tests run both over the same answers.
set -u
set -f # the command line's words are no file patterns

command=${DONABE_SCRIPT:-/usr/lib/donabe/boot-control}
mark=${DONABE_TRIAL_MARK:-/var/lib/donabe/trial-mark}
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

# ask VERB [NAME]: a command that hangs must not hang the deadline.
ask() {
  timeout -s KILL 30 "$command" "$@" 2>/dev/null
}

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
if [ -z "$booted" ]; then
  current=$(ask get-current) || unknown "$cmdline names no slot, and $command get-current failed"
  case $current in
    "$name_a") booted=a ;;
    "$name_b") booted=b ;;
    *) unknown "$command get-current names no slot" ;;
  esac
fi

trial=
if [ -e "$mark" ]; then
  trial=$(cat "$mark" 2>/dev/null) || unknown "$mark cannot be read"
fi
marked() {
  for word in $trial; do
    [ "$word" = "$1" ] && return 0
  done
  return 1
}
for word in $trial; do
  [ "$word" = "$name_a" ] || [ "$word" = "$name_b" ] || unknown "$mark names a slot that is not known: $word"
done

# state NAME: good or bad.
state() {
  answer=$(ask get-state "$1") || return 1
  [ "$answer" = good ] || [ "$answer" = bad ] || return 1
  echo "$answer"
}
state_a=$(state "$name_a") || unknown "$command get-state $name_a gives no answer"
state_b=$(state "$name_b") || unknown "$command get-state $name_b gives no answer"

if [ "$booted" = a ]; then
  own=$name_a
  own_state=$state_a
  other_state=$state_b
else
  own=$name_b
  own_state=$state_b
  other_state=$state_a
fi

if [ "$own_state" = good ] && ! marked "$own"; then
  echo good
elif [ "$other_state" = good ]; then
  echo trial
else
  echo no-fallback
fi
