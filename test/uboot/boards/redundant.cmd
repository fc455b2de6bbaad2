# Board part of the boot script, for the tests: two copies of the environment on raw sectors of virtio disk 0, at
# 0x800 and 0x820, 16 KiB each: CRC-32 (little-endian), serial, variables. The U-Boot of the distribution is built
# for one copy in a flash that cannot be written here, so these lines do what its own code does with two copies.
# The shell's own variables (without setenv) hold what must not be read from the environment.

# The CRC of ${body}, little-endian at 48020004: the command stores it big-endian.
setenv board_crc 'crc32 ${body} 3ffb 48020000; cp.b 48020003 48020004 1; cp.b 48020002 48020005 1; cp.b 48020001 48020006 1; cp.b 48020000 48020007 1'
# All variables, into the copy that does not count, with the next serial.
setenv board_save 'setexpr board_n 0x${serial} + 1; serial=${board_n}; setenv board_n; if test ${serial} = 100; then serial=0; fi; if test ${copy} = 0; then copy=1; at=48010000; flag=48010004; body=48010005; sector=820; else copy=0; at=48000000; flag=48000004; body=48000005; sector=800; fi; mw.b ${at} 0 4000; mw.b ${flag} ${serial}; env export -b -s 3ffb ${body}; run board_crc; cp.b 48020004 ${at} 4; virtio write ${at} ${sector} 20'
setenv donabe_save run board_save

virtio read 48000000 800 20
virtio read 48010000 820 20
whole0=no
body=48000005
run board_crc
if cmp.b 48000000 48020004 4; then whole0=yes; fi
whole1=no
body=48010005
run board_crc
if cmp.b 48010000 48020004 4; then whole1=yes; fi
setexpr.b board_n *48000004
serial0=${board_n}
setexpr.b board_n *48010004
serial1=${board_n}
setenv board_n

# The higher serial counts, and 0 is higher than 255; equal ones: the first copy.
copy=none
serial=0
if test ${whole0} = yes -a ${whole1} = yes; then
  copy=0
  if itest 0x${serial1} -gt 0x${serial0}; then copy=1; fi
  if test ${serial0} = ff -a ${serial1} = 0; then copy=1; fi
  if test ${serial1} = ff -a ${serial0} = 0; then copy=0; fi
elif test ${whole0} = yes; then
  copy=0
elif test ${whole1} = yes; then
  copy=1
fi
if test ${copy} = 0; then env import -b 48000005 3ffb; serial=${serial0}; fi
if test ${copy} = 1; then env import -b 48010005 3ffb; serial=${serial1}; fi
echo "BOARD: environment copy ${copy} serial ${serial}"
