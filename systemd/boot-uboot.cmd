# U-Boot boot script of a device with two system slots: picks the slot, counts a trial down, starts it.
# Compile and install: mkimage -A arm -T script -C none -d boot-uboot.cmd boot.scr (any -A; or run it from bootcmd).
#
# It must not know how a slot is loaded; that is the board's. The environment's variables:
#   BOOT_ORDER        slots by rank, best first; one that is marked unbootable is not in it
#   BOOT_<slot>_LEFT  boots that are left, 0 to 9
#   donabe_trial      slots that were activated and not marked good since; only their boots are counted
#   donabe_start      the board's commands that load and start slot ${slot}; they return only when they could not.
#                     The kernel's command line has to say rauc.slot=${slot}. For instance, in one line:
#                       part number mmc 0 rootfs-${slot} part && load mmc 0:${part} ${kernel_addr_r} /boot/Image
#                       && setenv bootargs rauc.slot=${slot} root=PARTLABEL=rootfs-${slot} ro
#                       && booti ${kernel_addr_r} - ${fdt_addr_r}
#   donabe_save       optional: the board's commands that save the environment; saveenv when there are none
# donabe_start and donabe_save belong into U-Boot's built-in environment, so that a lost one has them too.
# U-Boot needs CONFIG_HUSH_PARSER, CONFIG_CMD_SETEXPR, CONFIG_CMD_ITEST, and an environment with two copies.
#
# Words without setenv are the shell's own variables, which saveenv does not save. The shell ignores an assignment of
# nothing, so each of them always has a value.

save=saveenv
if test -n "${donabe_save}"; then save="run donabe_save"; fi

# A lost or a new environment: nothing is known to be good, so each slot has to prove itself. (Slots that
# are not called A and B: change the names here.)
if test -z "${BOOT_ORDER}"; then
  echo "donabe: no boot order, both slots go on trial"
  setenv BOOT_ORDER "A B"
  setenv BOOT_A_LEFT 3
  setenv BOOT_B_LEFT 3
  setenv donabe_trial "A B"
fi

alive=no
uncounted=none
for slot in ${BOOT_ORDER}; do
  setenv donabe_left "left=0; left=\${BOOT_${slot}_LEFT}"
  run donabe_left
  setenv donabe_left
  if itest 0x${left} -gt 0; then
    alive=yes
    counted=no
    for name in ${donabe_trial}; do
      if test "${name}" = "${slot}"; then counted=yes; fi
    done
    if test ${counted} = yes; then
      # Saved before the jump: a power cut in the trial costs a try as well.
      setexpr BOOT_${slot}_LEFT 0x${left} - 1
      if ${save}; then
        echo "donabe: slot ${slot} starts, on trial, ${left} tries with this one"
        run donabe_start
        echo "donabe: slot ${slot} could not be started"
        reset
      else
        # A trial that is not counted would never end.
        echo "donabe: slot ${slot} is passed over, its try could not be saved"
        uncounted=${slot}
      fi
    else
      echo "donabe: slot ${slot} starts"
      run donabe_start
      # It is not counted, so a reset would only come back here.
      echo "donabe: slot ${slot} could not be started"
    fi
  fi
done

if test ${uncounted} != none; then
  echo "donabe: slot ${uncounted} starts uncounted, there is no other"
  slot=${uncounted}
  run donabe_start
fi
if test ${alive} = no; then
  # A slot that was marked unbootable is not in the order, so this brings none of those back.
  echo "donabe: no slot has a try left, all in the order get new ones"
  for slot in ${BOOT_ORDER}; do setenv BOOT_${slot}_LEFT 3; done
  ${save}
fi
sleep 1
reset
