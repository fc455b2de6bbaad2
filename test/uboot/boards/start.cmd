# Board part of the boot script, for the tests: how a slot is loaded and started.
setenv donabe_start 'part number virtio 0 rootfs-${slot} part && load virtio 0:${part} 40400000 /boot/Image && setenv bootargs rauc.slot=${slot} root=PARTLABEL=rootfs-${slot} ro && booti 40400000 - 40000000'
