#!/bin/sh
# The command. Root acts as the agent's user: a file that root left in the agent's folders would lock it out, and root
# would follow any link that lies there. The real user id stays root, so that what only root may ask for, root may ask.
# Node could not do this itself: some builds of it refuse to change users.
set -- /usr/bin/node /usr/lib/donabe/app/dist/bundle/donabe.mjs "$@"
if [ "$(id -u)" = 0 ]; then
  owner=$(stat -c %u /run/donabe 2>/dev/null) || owner=0
  if [ "$owner" != 0 ]; then
    set -- setpriv --euid "$owner" --regid "$(stat -c %g /run/donabe)" --clear-groups "$@"
  fi
fi
exec "$@"
