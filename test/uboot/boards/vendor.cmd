# A vendor's boot script, for the tests: it counts every boot of every slot, as RAUC's sample does, and gives both
# slots new tries when none has any. It knows no trial mark.
for slot in ${BOOT_ORDER}; do
  setenv vendor_left "left=0; left=\${BOOT_${slot}_LEFT}"
  run vendor_left
  if itest 0x${left} -gt 0; then
    setexpr BOOT_${slot}_LEFT 0x${left} - 1
    run donabe_save
    run donabe_start
    reset
  fi
done
setenv BOOT_A_LEFT 3
setenv BOOT_B_LEFT 3
run donabe_save
reset
