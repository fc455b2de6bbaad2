import { createRequire as requireFrom } from 'node:module';
const require = requireFrom(import.meta.url);
import {
  SLOT_NAMES,
  UbootEnv,
  VendorProcess,
  otherSlot,
  slotStatements
} from "./chunk-LKNHJS5G.mjs";
import "./chunk-D7EF6GD6.mjs";

// cli/boot-doctor.ts
import { readFile, realpath, stat } from "node:fs/promises";
import { basename } from "node:path";
var CHECKS = {
  "every copy of the boot control is good": async ({ backend }) => {
    const { copies } = await backend.scrub({ repair: false });
    const sick = copies.filter(({ health }) => health !== "good");
    if (sick.length === 0) return { verdict: "pass" };
    const what = sick.map(({ copy, health, detail }) => `${copy} is ${health} (${detail})`).join("; ");
    return { verdict: "fail", detail: `${what}; "donabe boot scrub --repair" rewrites it from a good one` };
  },
  "the booted slot is known": async (parts) => ({
    verdict: "pass",
    detail: `slot ${await parts.bootedSlot()}`
  }),
  "a slot parameter is on the kernel command line": async ({ cmdline }) => slotStatements(await readFile(cmdline, "utf8")).length > 0 ? { verdict: "pass" } : { verdict: "warn", detail: "the trial deadline then needs WORD_A and WORD_B in its settings" },
  "there is a fallback": async (parts) => {
    const { slots } = await parts.backend.read();
    const other = otherSlot(await parts.bootedSlot());
    if (slots[other].bootable) return { verdict: "pass" };
    return { verdict: "warn", detail: `slot ${other} cannot boot; the next update fills it` };
  },
  "every partition is a device of its own": async ({ partitions, bootControl }) => {
    const paths = [...SLOT_NAMES.flatMap((slot) => Object.values(partitions[slot])), bootControl];
    const places = await Promise.all(paths.map((path) => realpath(path)));
    const twice = paths.find((_, at) => places.indexOf(places[at] ?? "") !== at);
    if (twice !== void 0) return { verdict: "fail", detail: `${twice} is named twice, by two paths` };
    const kinds = await Promise.all(
      paths.slice(0, -1).map(async (path) => (await stat(path)).isBlockDevice())
    );
    return kinds.includes(false) ? { verdict: "warn", detail: `${paths[kinds.indexOf(false)]} is no block device` } : { verdict: "pass" };
  },
  "both slots are equally large": async ({ partitions }) => {
    for (const [slotClass, path] of Object.entries(partitions.a)) {
      const sizes = await Promise.all([path, partitions.b[slotClass] ?? path].map(bytesOf));
      if (sizes[0] !== sizes[1]) {
        return {
          verdict: "warn",
          detail: `${slotClass}: ${sizes.join(" and ")} bytes; the smaller one limits`
        };
      }
    }
    return { verdict: "pass" };
  },
  "the booted slot is mounted read-only": async (parts) => {
    const paths = Object.values(parts.partitions[await parts.bootedSlot()]);
    const own = await Promise.all(paths.map((path) => realpath(path)));
    for (const line of (await readFile(parts.mounts, "utf8")).split("\n")) {
      const [source = "", place = "", , options = ""] = line.split(" ");
      if (own.includes(source) && options.split(",").includes("rw")) {
        return {
          verdict: "fail",
          detail: `${source} is writable at ${place}; mount it ro, ext4 also noload`
        };
      }
    }
    return { verdict: "pass" };
  },
  "the trial deadline reads the same": async (parts) => {
    const booted = await parts.bootedSlot();
    const { slots } = await parts.backend.read();
    const onTrial = slots[otherSlot(booted)].bootable ? "trial" : "no-fallback";
    const expected = slots[booted].successful ? "good" : onTrial;
    const said = await new VendorProcess("/bin/sh").run([parts.trialDeadline, "--probe"]);
    if (said === expected) return { verdict: "pass", detail: said };
    return { verdict: "fail", detail: `it says ${said}, the boot control ${expected}; correct its settings` };
  },
  "U-Boot gives all tries back when none is left": async ({ backend, counting }) => {
    if (!(backend instanceof UbootEnv) || counting !== "vendor") return { verdict: "skip" };
    const script = await commandsFrom(backend, "bootcmd");
    const resets = /setenv\s+BOOT_\S*_LEFT\s+["']?[1-9]/.test(script);
    if (resets) return { verdict: "pass" };
    return {
      verdict: "fail",
      detail: "its boot command never sets BOOT_<name>_LEFT again; all slots tried in vain would boot nothing"
    };
  }
};
async function examine(parts) {
  const findings = [];
  for (const [check, look] of Object.entries(CHECKS)) {
    try {
      findings.push({ check, detail: "", ...await look(parts) });
    } catch (error) {
      const detail = error instanceof Error ? error.message : String(error);
      findings.push({ check, verdict: "fail", detail });
    }
  }
  return findings;
}
var SYSFS_SECTOR_BYTES = 512;
async function bytesOf(path) {
  const found = await stat(path);
  if (!found.isBlockDevice()) return found.size;
  const sectors = await readFile(`/sys/class/block/${basename(await realpath(path))}/size`, "utf8");
  return Number(sectors) * SYSFS_SECTOR_BYTES;
}
var MOST_VARIABLES = 100;
async function commandsFrom(env, name) {
  const names = [name];
  let text = "";
  for (let at = 0; at < names.length && at < MOST_VARIABLES; at += 1) {
    const commands = await env.variable(names[at] ?? "") ?? "";
    text += `${commands}
`;
    for (const [, called = ""] of commands.matchAll(/\brun\s+([\w ]+)/g)) {
      names.push(...called.split(/\s+/).filter((word) => word !== "" && !names.includes(word)));
    }
  }
  return text;
}
export {
  CHECKS,
  examine
};
