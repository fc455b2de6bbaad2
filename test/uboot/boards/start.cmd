# Board part of the boot script, for the tests: how a slot is loaded and started.
setenv donabe_start 'if test ${slot} = A; then part=3; small=a; else part=4; small=b; fi; if load virtio 0:${part} 40400000 /boot/Image; then setenv bootargs "donabe.slot=${small} rauc.slot=${slot} root=PARTLABEL=rootfs-${small} ro"; booti 40400000 - 40000000; fi'
