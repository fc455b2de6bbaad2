# Board part of the boot script, for the tests: one copy of the environment on raw sectors of virtio disk 0, at
# 0x800, 16 KiB. U-Boot's own code reads, checks and writes the format: `env import -c` and `env export -c`.
setenv donabe_save 'env export -c -s 4000 48000000; virtio write 48000000 800 20'
virtio read 48000000 800 20
if env import -c 48000000 4000; then echo "BOARD: environment copy 0"; else echo "BOARD: environment copy none"; fi
