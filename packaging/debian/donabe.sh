#!/bin/sh
exec /usr/bin/node /usr/lib/donabe/app/dist/bundle/donabe.mjs "$@"
