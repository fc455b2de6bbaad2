#!/bin/sh
# Ends with status 0 as soon as the boot control says that the booted slot is marked good; until then it asks again
# every 5 s. It never writes, and knows only the probe's words.
set -u

script=${DONABE_TRIAL_SCRIPT:-/usr/lib/donabe/trial-deadline.sh}
interval=${DONABE_INTERVAL_S:-5}

until [ "$(sh "$script" --probe)" = good ]; do
  sleep "$interval"
done
echo "confirmed: the booted slot is marked good"
