#!/bin/sh
# The command. Root acts as the agent's user: a file that root left in the agent's folders would lock it out, and root
# would follow any link that lies there. The real user id stays root, so that what only root may ask for, root may ask.
# Node could not do this itself: some builds of it refuse to change users.
# --interrupt-budget: bytes of bytecode that a function runs before the engine compiles it anew for speed, 1 MiB for its
# own 132 KiB. A start stays below, so that an idle agent never pages that compiler in, 4 MB; the loops of an install
# pass it (bench/README.md). NODE_OPTIONS may not name it. A package for a Node that does not know it, 22 and later, is
# made without it.
set -- /usr/bin/node --interrupt-budget=1048576 /usr/lib/donabe/app/dist/bundle/donabe.mjs "$@"
if [ "$(id -u)" = 0 ]; then
  owner=$(stat -c %u /run/donabe 2>/dev/null) || owner=0
  if [ "$owner" != 0 ]; then
    set -- setpriv --euid "$owner" --regid "$(stat -c %g /run/donabe)" --clear-groups "$@"
  fi
fi
exec "$@"
