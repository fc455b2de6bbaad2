import { createRequire as requireFrom } from 'node:module';
const require = requireFrom(import.meta.url);
import {
  BYTE_ORDERS,
  CRC_VARIANTS,
  LEAST_MAX_PAYLOAD,
  LinkError,
  MAX_PAYLOAD,
  McuLink,
  openSerialPort
} from "./chunk-FLE3AILK.mjs";
import {
  BootControlError,
  SLOT_NAMES,
  countingNamed,
  findBootedSlot,
  openBackend,
  openFileRegion,
  otherSlot,
  readBootParams
} from "./chunk-LKNHJS5G.mjs";
import {
  __commonJS,
  __toESM
} from "./chunk-D7EF6GD6.mjs";

// ../../main/node_modules/semver/internal/constants.js
var require_constants = __commonJS({
  "../../main/node_modules/semver/internal/constants.js"(exports, module) {
    "use strict";
    var SEMVER_SPEC_VERSION = "2.0.0";
    var MAX_LENGTH = 256;
    var MAX_SAFE_INTEGER = Number.MAX_SAFE_INTEGER || /* istanbul ignore next */
    9007199254740991;
    var MAX_SAFE_COMPONENT_LENGTH = 16;
    var MAX_SAFE_BUILD_LENGTH = MAX_LENGTH - 6;
    var WHITESPACE_CHARACTERS = [
      "	",
      "\n",
      "\v",
      "\f",
      "\r",
      " ",
      "\xA0",
      "\u1680",
      "\u2000",
      "\u2001",
      "\u2002",
      "\u2003",
      "\u2004",
      "\u2005",
      "\u2006",
      "\u2007",
      "\u2008",
      "\u2009",
      "\u200A",
      "\u2028",
      "\u2029",
      "\u202F",
      "\u205F",
      "\u3000",
      "\uFEFF"
    ];
    var RELEASE_TYPES = [
      "major",
      "premajor",
      "minor",
      "preminor",
      "patch",
      "prepatch",
      "prerelease"
    ];
    module.exports = {
      MAX_LENGTH,
      MAX_SAFE_COMPONENT_LENGTH,
      MAX_SAFE_BUILD_LENGTH,
      MAX_SAFE_INTEGER,
      WHITESPACE_CHARACTERS,
      RELEASE_TYPES,
      SEMVER_SPEC_VERSION,
      FLAG_INCLUDE_PRERELEASE: 1,
      FLAG_LOOSE: 2
    };
  }
});

// ../../main/node_modules/semver/internal/debug.js
var require_debug = __commonJS({
  "../../main/node_modules/semver/internal/debug.js"(exports, module) {
    "use strict";
    var debug = typeof process === "object" && process.env && process.env.NODE_DEBUG && /\bsemver\b/i.test(process.env.NODE_DEBUG) ? (...args) => console.error("SEMVER", ...args) : () => {
    };
    module.exports = debug;
  }
});

// ../../main/node_modules/semver/internal/re.js
var require_re = __commonJS({
  "../../main/node_modules/semver/internal/re.js"(exports, module) {
    "use strict";
    var {
      MAX_SAFE_COMPONENT_LENGTH,
      MAX_SAFE_BUILD_LENGTH,
      MAX_LENGTH
    } = require_constants();
    var debug = require_debug();
    exports = module.exports = {};
    var re = exports.re = [];
    var safeRe = exports.safeRe = [];
    var src = exports.src = [];
    var safeSrc = exports.safeSrc = [];
    var t = exports.t = {};
    var R = 0;
    var LETTERDASHNUMBER = "[a-zA-Z0-9-]";
    var safeRegexReplacements = [
      ["\\s", 1],
      ["\\d", MAX_LENGTH],
      [LETTERDASHNUMBER, MAX_SAFE_BUILD_LENGTH]
    ];
    var makeSafeRegex = (value) => {
      for (const [token, max] of safeRegexReplacements) {
        value = value.split(`${token}*`).join(`${token}{0,${max}}`).split(`${token}+`).join(`${token}{1,${max}}`);
      }
      return value;
    };
    var createToken = (name2, value, isGlobal) => {
      const safe = makeSafeRegex(value);
      const index = R++;
      debug(name2, index, value);
      t[name2] = index;
      src[index] = value;
      safeSrc[index] = safe;
      re[index] = new RegExp(value, isGlobal ? "g" : void 0);
      safeRe[index] = new RegExp(safe, isGlobal ? "g" : void 0);
    };
    createToken("NUMERICIDENTIFIER", "0|[1-9]\\d*");
    createToken("NUMERICIDENTIFIERLOOSE", "\\d+");
    createToken("NONNUMERICIDENTIFIER", `\\d*[a-zA-Z-]${LETTERDASHNUMBER}*`);
    createToken("MAINVERSION", `(${src[t.NUMERICIDENTIFIER]})\\.(${src[t.NUMERICIDENTIFIER]})\\.(${src[t.NUMERICIDENTIFIER]})`);
    createToken("MAINVERSIONLOOSE", `(${src[t.NUMERICIDENTIFIERLOOSE]})\\.(${src[t.NUMERICIDENTIFIERLOOSE]})\\.(${src[t.NUMERICIDENTIFIERLOOSE]})`);
    createToken("PRERELEASEIDENTIFIER", `(?:${src[t.NONNUMERICIDENTIFIER]}|${src[t.NUMERICIDENTIFIER]})`);
    createToken("PRERELEASEIDENTIFIERLOOSE", `(?:${src[t.NONNUMERICIDENTIFIER]}|${src[t.NUMERICIDENTIFIERLOOSE]})`);
    createToken("PRERELEASE", `(?:-(${src[t.PRERELEASEIDENTIFIER]}(?:\\.${src[t.PRERELEASEIDENTIFIER]})*))`);
    createToken("PRERELEASELOOSE", `(?:-?(${src[t.PRERELEASEIDENTIFIERLOOSE]}(?:\\.${src[t.PRERELEASEIDENTIFIERLOOSE]})*))`);
    createToken("BUILDIDENTIFIER", `${LETTERDASHNUMBER}+`);
    createToken("BUILD", `(?:\\+(${src[t.BUILDIDENTIFIER]}(?:\\.${src[t.BUILDIDENTIFIER]})*))`);
    createToken("FULLPLAIN", `v?${src[t.MAINVERSION]}${src[t.PRERELEASE]}?${src[t.BUILD]}?`);
    createToken("FULL", `^${src[t.FULLPLAIN]}$`);
    createToken("LOOSEPLAIN", `[v=\\s]*${src[t.MAINVERSIONLOOSE]}${src[t.PRERELEASELOOSE]}?${src[t.BUILD]}?`);
    createToken("LOOSE", `^${src[t.LOOSEPLAIN]}$`);
    createToken("GTLT", "((?:<|>)?=?)");
    createToken("XRANGEIDENTIFIERLOOSE", `${src[t.NUMERICIDENTIFIERLOOSE]}|x|X|\\*`);
    createToken("XRANGEIDENTIFIER", `${src[t.NUMERICIDENTIFIER]}|x|X|\\*`);
    createToken("XRANGEPLAIN", `[v=\\s]*(${src[t.XRANGEIDENTIFIER]})(?:\\.(${src[t.XRANGEIDENTIFIER]})(?:\\.(${src[t.XRANGEIDENTIFIER]})(?:${src[t.PRERELEASE]})?${src[t.BUILD]}?)?)?`);
    createToken("XRANGEPLAINLOOSE", `[v=\\s]*(${src[t.XRANGEIDENTIFIERLOOSE]})(?:\\.(${src[t.XRANGEIDENTIFIERLOOSE]})(?:\\.(${src[t.XRANGEIDENTIFIERLOOSE]})(?:${src[t.PRERELEASELOOSE]})?${src[t.BUILD]}?)?)?`);
    createToken("XRANGE", `^${src[t.GTLT]}\\s*${src[t.XRANGEPLAIN]}$`);
    createToken("XRANGELOOSE", `^${src[t.GTLT]}\\s*${src[t.XRANGEPLAINLOOSE]}$`);
    createToken("COERCEPLAIN", `${"(^|[^\\d])(\\d{1,"}${MAX_SAFE_COMPONENT_LENGTH}})(?:\\.(\\d{1,${MAX_SAFE_COMPONENT_LENGTH}}))?(?:\\.(\\d{1,${MAX_SAFE_COMPONENT_LENGTH}}))?`);
    createToken("COERCE", `${src[t.COERCEPLAIN]}(?:$|[^\\d])`);
    createToken("COERCEFULL", src[t.COERCEPLAIN] + `(?:${src[t.PRERELEASE]})?(?:${src[t.BUILD]})?(?:$|[^\\d])`);
    createToken("COERCERTL", src[t.COERCE], true);
    createToken("COERCERTLFULL", src[t.COERCEFULL], true);
    createToken("LONETILDE", "(?:~>?)");
    createToken("TILDETRIM", `(\\s*)${src[t.LONETILDE]}\\s+`, true);
    exports.tildeTrimReplace = "$1~";
    createToken("TILDE", `^${src[t.LONETILDE]}${src[t.XRANGEPLAIN]}$`);
    createToken("TILDELOOSE", `^${src[t.LONETILDE]}${src[t.XRANGEPLAINLOOSE]}$`);
    createToken("LONECARET", "(?:\\^)");
    createToken("CARETTRIM", `(\\s*)${src[t.LONECARET]}\\s+`, true);
    exports.caretTrimReplace = "$1^";
    createToken("CARET", `^${src[t.LONECARET]}${src[t.XRANGEPLAIN]}$`);
    createToken("CARETLOOSE", `^${src[t.LONECARET]}${src[t.XRANGEPLAINLOOSE]}$`);
    createToken("COMPARATORLOOSE", `^${src[t.GTLT]}\\s*(${src[t.LOOSEPLAIN]})$|^$`);
    createToken("COMPARATOR", `^${src[t.GTLT]}\\s*(${src[t.FULLPLAIN]})$|^$`);
    createToken("COMPARATORTRIM", `(\\s*)${src[t.GTLT]}\\s*(${src[t.LOOSEPLAIN]}|${src[t.XRANGEPLAIN]})`, true);
    exports.comparatorTrimReplace = "$1$2$3";
    createToken("HYPHENRANGE", `^\\s*(${src[t.XRANGEPLAIN]})\\s+-\\s+(${src[t.XRANGEPLAIN]})\\s*$`);
    createToken("HYPHENRANGELOOSE", `^\\s*(${src[t.XRANGEPLAINLOOSE]})\\s+-\\s+(${src[t.XRANGEPLAINLOOSE]})\\s*$`);
    createToken("STAR", "(<|>)?=?\\s*\\*");
    createToken("GTE0", "^\\s*>=\\s*0\\.0\\.0\\s*$");
    createToken("GTE0PRE", "^\\s*>=\\s*0\\.0\\.0-0\\s*$");
  }
});

// ../../main/node_modules/semver/internal/parse-options.js
var require_parse_options = __commonJS({
  "../../main/node_modules/semver/internal/parse-options.js"(exports, module) {
    "use strict";
    var looseOption = Object.freeze({ loose: true });
    var emptyOpts = Object.freeze({});
    var parseOptions = (options) => {
      if (!options) {
        return emptyOpts;
      }
      if (typeof options !== "object") {
        return looseOption;
      }
      return options;
    };
    module.exports = parseOptions;
  }
});

// ../../main/node_modules/semver/internal/identifiers.js
var require_identifiers = __commonJS({
  "../../main/node_modules/semver/internal/identifiers.js"(exports, module) {
    "use strict";
    var numeric = /^[0-9]+$/;
    var compareIdentifiers = (a, b) => {
      if (typeof a === "number" && typeof b === "number") {
        return a === b ? 0 : a < b ? -1 : 1;
      }
      const anum = numeric.test(a);
      const bnum = numeric.test(b);
      if (anum && bnum) {
        a = +a;
        b = +b;
      }
      return a === b ? 0 : anum && !bnum ? -1 : bnum && !anum ? 1 : a < b ? -1 : 1;
    };
    var rcompareIdentifiers = (a, b) => compareIdentifiers(b, a);
    module.exports = {
      compareIdentifiers,
      rcompareIdentifiers
    };
  }
});

// ../../main/node_modules/semver/classes/semver.js
var require_semver = __commonJS({
  "../../main/node_modules/semver/classes/semver.js"(exports, module) {
    "use strict";
    var debug = require_debug();
    var { MAX_LENGTH, MAX_SAFE_INTEGER } = require_constants();
    var { safeRe: re, t } = require_re();
    var parseOptions = require_parse_options();
    var { compareIdentifiers } = require_identifiers();
    var isPrereleaseIdentifier = (prerelease2, identifier) => {
      const identifiers = identifier.split(".");
      if (identifiers.length > prerelease2.length) {
        return false;
      }
      for (let i = 0; i < identifiers.length; i++) {
        if (compareIdentifiers(prerelease2[i], identifiers[i]) !== 0) {
          return false;
        }
      }
      return true;
    };
    var SemVer = class _SemVer {
      constructor(version2, options) {
        options = parseOptions(options);
        if (version2 instanceof _SemVer) {
          if (version2.loose === !!options.loose && version2.includePrerelease === !!options.includePrerelease) {
            return version2;
          } else {
            version2 = version2.version;
          }
        } else if (typeof version2 !== "string") {
          throw new TypeError(`Invalid version. Must be a string. Got type "${typeof version2}".`);
        }
        if (version2.length > MAX_LENGTH) {
          throw new TypeError(
            `version is longer than ${MAX_LENGTH} characters`
          );
        }
        debug("SemVer", version2, options);
        this.options = options;
        this.loose = !!options.loose;
        this.includePrerelease = !!options.includePrerelease;
        const m = version2.trim().match(options.loose ? re[t.LOOSE] : re[t.FULL]);
        if (!m) {
          throw new TypeError(`Invalid Version: ${version2}`);
        }
        this.raw = version2;
        this.major = +m[1];
        this.minor = +m[2];
        this.patch = +m[3];
        if (this.major > MAX_SAFE_INTEGER || this.major < 0) {
          throw new TypeError("Invalid major version");
        }
        if (this.minor > MAX_SAFE_INTEGER || this.minor < 0) {
          throw new TypeError("Invalid minor version");
        }
        if (this.patch > MAX_SAFE_INTEGER || this.patch < 0) {
          throw new TypeError("Invalid patch version");
        }
        if (!m[4]) {
          this.prerelease = [];
        } else {
          this.prerelease = m[4].split(".").map((id) => {
            if (/^[0-9]+$/.test(id)) {
              const num = +id;
              if (num >= 0 && num < MAX_SAFE_INTEGER) {
                return num;
              }
            }
            return id;
          });
        }
        this.build = m[5] ? m[5].split(".") : [];
        this.format();
      }
      format() {
        this.version = `${this.major}.${this.minor}.${this.patch}`;
        if (this.prerelease.length) {
          this.version += `-${this.prerelease.join(".")}`;
        }
        return this.version;
      }
      toString() {
        return this.version;
      }
      compare(other) {
        debug("SemVer.compare", this.version, this.options, other);
        if (!(other instanceof _SemVer)) {
          if (typeof other === "string" && other === this.version) {
            return 0;
          }
          other = new _SemVer(other, this.options);
        }
        if (other.version === this.version) {
          return 0;
        }
        return this.compareMain(other) || this.comparePre(other);
      }
      compareMain(other) {
        if (!(other instanceof _SemVer)) {
          other = new _SemVer(other, this.options);
        }
        if (this.major < other.major) {
          return -1;
        }
        if (this.major > other.major) {
          return 1;
        }
        if (this.minor < other.minor) {
          return -1;
        }
        if (this.minor > other.minor) {
          return 1;
        }
        if (this.patch < other.patch) {
          return -1;
        }
        if (this.patch > other.patch) {
          return 1;
        }
        return 0;
      }
      comparePre(other) {
        if (!(other instanceof _SemVer)) {
          other = new _SemVer(other, this.options);
        }
        if (this.prerelease.length && !other.prerelease.length) {
          return -1;
        } else if (!this.prerelease.length && other.prerelease.length) {
          return 1;
        } else if (!this.prerelease.length && !other.prerelease.length) {
          return 0;
        }
        let i = 0;
        do {
          const a = this.prerelease[i];
          const b = other.prerelease[i];
          debug("prerelease compare", i, a, b);
          if (a === void 0 && b === void 0) {
            return 0;
          } else if (b === void 0) {
            return 1;
          } else if (a === void 0) {
            return -1;
          } else if (a === b) {
            continue;
          } else {
            return compareIdentifiers(a, b);
          }
        } while (++i);
      }
      compareBuild(other) {
        if (!(other instanceof _SemVer)) {
          other = new _SemVer(other, this.options);
        }
        let i = 0;
        do {
          const a = this.build[i];
          const b = other.build[i];
          debug("build compare", i, a, b);
          if (a === void 0 && b === void 0) {
            return 0;
          } else if (b === void 0) {
            return 1;
          } else if (a === void 0) {
            return -1;
          } else if (a === b) {
            continue;
          } else {
            return compareIdentifiers(a, b);
          }
        } while (++i);
      }
      // preminor will bump the version up to the next minor release, and immediately
      // down to pre-release. premajor and prepatch work the same way.
      inc(release, identifier, identifierBase) {
        if (release.startsWith("pre")) {
          if (!identifier && identifierBase === false) {
            throw new Error("invalid increment argument: identifier is empty");
          }
          if (identifier) {
            const match = `-${identifier}`.match(this.options.loose ? re[t.PRERELEASELOOSE] : re[t.PRERELEASE]);
            if (!match || match[1] !== identifier) {
              throw new Error(`invalid identifier: ${identifier}`);
            }
          }
        }
        switch (release) {
          case "premajor":
            this.prerelease.length = 0;
            this.patch = 0;
            this.minor = 0;
            this.major++;
            this.inc("pre", identifier, identifierBase);
            break;
          case "preminor":
            this.prerelease.length = 0;
            this.patch = 0;
            this.minor++;
            this.inc("pre", identifier, identifierBase);
            break;
          case "prepatch":
            this.prerelease.length = 0;
            this.inc("patch", identifier, identifierBase);
            this.inc("pre", identifier, identifierBase);
            break;
          // If the input is a non-prerelease version, this acts the same as
          // prepatch.
          case "prerelease":
            if (this.prerelease.length === 0) {
              this.inc("patch", identifier, identifierBase);
            }
            this.inc("pre", identifier, identifierBase);
            break;
          case "release":
            if (this.prerelease.length === 0) {
              throw new Error(`version ${this.raw} is not a prerelease`);
            }
            this.prerelease.length = 0;
            break;
          case "major":
            if (this.minor !== 0 || this.patch !== 0 || this.prerelease.length === 0) {
              this.major++;
            }
            this.minor = 0;
            this.patch = 0;
            this.prerelease = [];
            break;
          case "minor":
            if (this.patch !== 0 || this.prerelease.length === 0) {
              this.minor++;
            }
            this.patch = 0;
            this.prerelease = [];
            break;
          case "patch":
            if (this.prerelease.length === 0) {
              this.patch++;
            }
            this.prerelease = [];
            break;
          // This probably shouldn't be used publicly.
          // 1.0.0 'pre' would become 1.0.0-0 which is the wrong direction.
          case "pre": {
            const base = Number(identifierBase) ? 1 : 0;
            if (this.prerelease.length === 0) {
              this.prerelease = [base];
            } else {
              let i = this.prerelease.length;
              while (--i >= 0) {
                if (typeof this.prerelease[i] === "number") {
                  this.prerelease[i]++;
                  i = -2;
                }
              }
              if (i === -1) {
                if (identifier === this.prerelease.join(".") && identifierBase === false) {
                  throw new Error("invalid increment argument: identifier already exists");
                }
                this.prerelease.push(base);
              }
            }
            if (identifier) {
              let prerelease2 = [identifier, base];
              if (identifierBase === false) {
                prerelease2 = [identifier];
              }
              if (isPrereleaseIdentifier(this.prerelease, identifier)) {
                const prereleaseBase = this.prerelease[identifier.split(".").length];
                if (isNaN(prereleaseBase)) {
                  this.prerelease = prerelease2;
                }
              } else {
                this.prerelease = prerelease2;
              }
            }
            break;
          }
          default:
            throw new Error(`invalid increment argument: ${release}`);
        }
        this.raw = this.format();
        if (this.build.length) {
          this.raw += `+${this.build.join(".")}`;
        }
        return this;
      }
    };
    module.exports = SemVer;
  }
});

// ../../main/node_modules/semver/functions/parse.js
var require_parse = __commonJS({
  "../../main/node_modules/semver/functions/parse.js"(exports, module) {
    "use strict";
    var SemVer = require_semver();
    var parse2 = (version2, options, throwErrors = false) => {
      if (version2 instanceof SemVer) {
        return version2;
      }
      try {
        return new SemVer(version2, options);
      } catch (er) {
        if (!throwErrors) {
          return null;
        }
        throw er;
      }
    };
    module.exports = parse2;
  }
});

// ../../main/node_modules/semver/functions/valid.js
var require_valid = __commonJS({
  "../../main/node_modules/semver/functions/valid.js"(exports, module) {
    "use strict";
    var parse2 = require_parse();
    var valid = (version2, options) => {
      const v = parse2(version2, options);
      return v ? v.version : null;
    };
    module.exports = valid;
  }
});

// ../../main/node_modules/semver/functions/clean.js
var require_clean = __commonJS({
  "../../main/node_modules/semver/functions/clean.js"(exports, module) {
    "use strict";
    var parse2 = require_parse();
    var clean = (version2, options) => {
      const s = parse2(version2.trim().replace(/^[=v]+/, ""), options);
      return s ? s.version : null;
    };
    module.exports = clean;
  }
});

// ../../main/node_modules/semver/functions/inc.js
var require_inc = __commonJS({
  "../../main/node_modules/semver/functions/inc.js"(exports, module) {
    "use strict";
    var SemVer = require_semver();
    var inc = (version2, release, options, identifier, identifierBase) => {
      if (typeof options === "string") {
        identifierBase = identifier;
        identifier = options;
        options = void 0;
      }
      try {
        return new SemVer(
          version2 instanceof SemVer ? version2.version : version2,
          options
        ).inc(release, identifier, identifierBase).version;
      } catch (er) {
        return null;
      }
    };
    module.exports = inc;
  }
});

// ../../main/node_modules/semver/functions/diff.js
var require_diff = __commonJS({
  "../../main/node_modules/semver/functions/diff.js"(exports, module) {
    "use strict";
    var parse2 = require_parse();
    var diff = (version1, version2) => {
      const v1 = parse2(version1, null, true);
      const v2 = parse2(version2, null, true);
      const comparison = v1.compare(v2);
      if (comparison === 0) {
        return null;
      }
      const v1Higher = comparison > 0;
      const highVersion = v1Higher ? v1 : v2;
      const lowVersion = v1Higher ? v2 : v1;
      const highHasPre = !!highVersion.prerelease.length;
      const lowHasPre = !!lowVersion.prerelease.length;
      if (lowHasPre && !highHasPre) {
        if (!lowVersion.patch && !lowVersion.minor) {
          return "major";
        }
        if (lowVersion.compareMain(highVersion) === 0) {
          if (lowVersion.minor && !lowVersion.patch) {
            return "minor";
          }
          return "patch";
        }
      }
      const prefix = highHasPre ? "pre" : "";
      if (v1.major !== v2.major) {
        return prefix + "major";
      }
      if (v1.minor !== v2.minor) {
        return prefix + "minor";
      }
      if (v1.patch !== v2.patch) {
        return prefix + "patch";
      }
      return "prerelease";
    };
    module.exports = diff;
  }
});

// ../../main/node_modules/semver/functions/major.js
var require_major = __commonJS({
  "../../main/node_modules/semver/functions/major.js"(exports, module) {
    "use strict";
    var SemVer = require_semver();
    var major = (a, loose) => new SemVer(a, loose).major;
    module.exports = major;
  }
});

// ../../main/node_modules/semver/functions/minor.js
var require_minor = __commonJS({
  "../../main/node_modules/semver/functions/minor.js"(exports, module) {
    "use strict";
    var SemVer = require_semver();
    var minor = (a, loose) => new SemVer(a, loose).minor;
    module.exports = minor;
  }
});

// ../../main/node_modules/semver/functions/patch.js
var require_patch = __commonJS({
  "../../main/node_modules/semver/functions/patch.js"(exports, module) {
    "use strict";
    var SemVer = require_semver();
    var patch = (a, loose) => new SemVer(a, loose).patch;
    module.exports = patch;
  }
});

// ../../main/node_modules/semver/functions/prerelease.js
var require_prerelease = __commonJS({
  "../../main/node_modules/semver/functions/prerelease.js"(exports, module) {
    "use strict";
    var parse2 = require_parse();
    var prerelease2 = (version2, options) => {
      const parsed = parse2(version2, options);
      return parsed && parsed.prerelease.length ? parsed.prerelease : null;
    };
    module.exports = prerelease2;
  }
});

// ../../main/node_modules/semver/functions/compare.js
var require_compare = __commonJS({
  "../../main/node_modules/semver/functions/compare.js"(exports, module) {
    "use strict";
    var SemVer = require_semver();
    var compare2 = (a, b, loose) => new SemVer(a, loose).compare(new SemVer(b, loose));
    module.exports = compare2;
  }
});

// ../../main/node_modules/semver/functions/rcompare.js
var require_rcompare = __commonJS({
  "../../main/node_modules/semver/functions/rcompare.js"(exports, module) {
    "use strict";
    var compare2 = require_compare();
    var rcompare = (a, b, loose) => compare2(b, a, loose);
    module.exports = rcompare;
  }
});

// ../../main/node_modules/semver/functions/compare-loose.js
var require_compare_loose = __commonJS({
  "../../main/node_modules/semver/functions/compare-loose.js"(exports, module) {
    "use strict";
    var compare2 = require_compare();
    var compareLoose = (a, b) => compare2(a, b, true);
    module.exports = compareLoose;
  }
});

// ../../main/node_modules/semver/functions/compare-build.js
var require_compare_build = __commonJS({
  "../../main/node_modules/semver/functions/compare-build.js"(exports, module) {
    "use strict";
    var SemVer = require_semver();
    var compareBuild = (a, b, loose) => {
      const versionA = new SemVer(a, loose);
      const versionB = new SemVer(b, loose);
      return versionA.compare(versionB) || versionA.compareBuild(versionB);
    };
    module.exports = compareBuild;
  }
});

// ../../main/node_modules/semver/functions/sort.js
var require_sort = __commonJS({
  "../../main/node_modules/semver/functions/sort.js"(exports, module) {
    "use strict";
    var compareBuild = require_compare_build();
    var sort = (list, loose) => list.sort((a, b) => compareBuild(a, b, loose));
    module.exports = sort;
  }
});

// ../../main/node_modules/semver/functions/rsort.js
var require_rsort = __commonJS({
  "../../main/node_modules/semver/functions/rsort.js"(exports, module) {
    "use strict";
    var compareBuild = require_compare_build();
    var rsort = (list, loose) => list.sort((a, b) => compareBuild(b, a, loose));
    module.exports = rsort;
  }
});

// ../../main/node_modules/semver/functions/gt.js
var require_gt = __commonJS({
  "../../main/node_modules/semver/functions/gt.js"(exports, module) {
    "use strict";
    var compare2 = require_compare();
    var gt = (a, b, loose) => compare2(a, b, loose) > 0;
    module.exports = gt;
  }
});

// ../../main/node_modules/semver/functions/lt.js
var require_lt = __commonJS({
  "../../main/node_modules/semver/functions/lt.js"(exports, module) {
    "use strict";
    var compare2 = require_compare();
    var lt = (a, b, loose) => compare2(a, b, loose) < 0;
    module.exports = lt;
  }
});

// ../../main/node_modules/semver/functions/eq.js
var require_eq = __commonJS({
  "../../main/node_modules/semver/functions/eq.js"(exports, module) {
    "use strict";
    var compare2 = require_compare();
    var eq = (a, b, loose) => compare2(a, b, loose) === 0;
    module.exports = eq;
  }
});

// ../../main/node_modules/semver/functions/neq.js
var require_neq = __commonJS({
  "../../main/node_modules/semver/functions/neq.js"(exports, module) {
    "use strict";
    var compare2 = require_compare();
    var neq = (a, b, loose) => compare2(a, b, loose) !== 0;
    module.exports = neq;
  }
});

// ../../main/node_modules/semver/functions/gte.js
var require_gte = __commonJS({
  "../../main/node_modules/semver/functions/gte.js"(exports, module) {
    "use strict";
    var compare2 = require_compare();
    var gte = (a, b, loose) => compare2(a, b, loose) >= 0;
    module.exports = gte;
  }
});

// ../../main/node_modules/semver/functions/lte.js
var require_lte = __commonJS({
  "../../main/node_modules/semver/functions/lte.js"(exports, module) {
    "use strict";
    var compare2 = require_compare();
    var lte = (a, b, loose) => compare2(a, b, loose) <= 0;
    module.exports = lte;
  }
});

// ../../main/node_modules/semver/functions/cmp.js
var require_cmp = __commonJS({
  "../../main/node_modules/semver/functions/cmp.js"(exports, module) {
    "use strict";
    var eq = require_eq();
    var neq = require_neq();
    var gt = require_gt();
    var gte = require_gte();
    var lt = require_lt();
    var lte = require_lte();
    var cmp = (a, op, b, loose) => {
      switch (op) {
        case "===":
          if (typeof a === "object") {
            a = a.version;
          }
          if (typeof b === "object") {
            b = b.version;
          }
          return a === b;
        case "!==":
          if (typeof a === "object") {
            a = a.version;
          }
          if (typeof b === "object") {
            b = b.version;
          }
          return a !== b;
        case "":
        case "=":
        case "==":
          return eq(a, b, loose);
        case "!=":
          return neq(a, b, loose);
        case ">":
          return gt(a, b, loose);
        case ">=":
          return gte(a, b, loose);
        case "<":
          return lt(a, b, loose);
        case "<=":
          return lte(a, b, loose);
        default:
          throw new TypeError(`Invalid operator: ${op}`);
      }
    };
    module.exports = cmp;
  }
});

// ../../main/node_modules/semver/functions/coerce.js
var require_coerce = __commonJS({
  "../../main/node_modules/semver/functions/coerce.js"(exports, module) {
    "use strict";
    var SemVer = require_semver();
    var parse2 = require_parse();
    var { safeRe: re, t } = require_re();
    var coerce = (version2, options) => {
      if (version2 instanceof SemVer) {
        return version2;
      }
      if (typeof version2 === "number") {
        version2 = String(version2);
      }
      if (typeof version2 !== "string") {
        return null;
      }
      options = options || {};
      let match = null;
      if (!options.rtl) {
        match = version2.match(options.includePrerelease ? re[t.COERCEFULL] : re[t.COERCE]);
      } else {
        const coerceRtlRegex = options.includePrerelease ? re[t.COERCERTLFULL] : re[t.COERCERTL];
        let next;
        while ((next = coerceRtlRegex.exec(version2)) && (!match || match.index + match[0].length !== version2.length)) {
          if (!match || next.index + next[0].length !== match.index + match[0].length) {
            match = next;
          }
          coerceRtlRegex.lastIndex = next.index + next[1].length + next[2].length;
        }
        coerceRtlRegex.lastIndex = -1;
      }
      if (match === null) {
        return null;
      }
      const major = match[2];
      const minor = match[3] || "0";
      const patch = match[4] || "0";
      const prerelease2 = options.includePrerelease && match[5] ? `-${match[5]}` : "";
      const build = options.includePrerelease && match[6] ? `+${match[6]}` : "";
      return parse2(`${major}.${minor}.${patch}${prerelease2}${build}`, options);
    };
    module.exports = coerce;
  }
});

// ../../main/node_modules/semver/functions/truncate.js
var require_truncate = __commonJS({
  "../../main/node_modules/semver/functions/truncate.js"(exports, module) {
    "use strict";
    var parse2 = require_parse();
    var constants6 = require_constants();
    var SemVer = require_semver();
    var truncate = (version2, truncation, options) => {
      if (!constants6.RELEASE_TYPES.includes(truncation)) {
        return null;
      }
      const clonedVersion = cloneInputVersion(version2, options);
      return clonedVersion && doTruncation(clonedVersion, truncation);
    };
    var cloneInputVersion = (version2, options) => {
      const versionStringToParse = version2 instanceof SemVer ? version2.version : version2;
      return parse2(versionStringToParse, options);
    };
    var doTruncation = (version2, truncation) => {
      if (isPrerelease(truncation)) {
        return version2.version;
      }
      version2.prerelease = [];
      switch (truncation) {
        case "major":
          version2.minor = 0;
          version2.patch = 0;
          break;
        case "minor":
          version2.patch = 0;
          break;
      }
      return version2.format();
    };
    var isPrerelease = (type) => {
      return type.startsWith("pre");
    };
    module.exports = truncate;
  }
});

// ../../main/node_modules/semver/internal/lrucache.js
var require_lrucache = __commonJS({
  "../../main/node_modules/semver/internal/lrucache.js"(exports, module) {
    "use strict";
    var LRUCache = class {
      constructor() {
        this.max = 1e3;
        this.map = /* @__PURE__ */ new Map();
      }
      get(key) {
        const value = this.map.get(key);
        if (value === void 0) {
          return void 0;
        } else {
          this.map.delete(key);
          this.map.set(key, value);
          return value;
        }
      }
      delete(key) {
        return this.map.delete(key);
      }
      set(key, value) {
        const deleted = this.delete(key);
        if (!deleted && value !== void 0) {
          if (this.map.size >= this.max) {
            const firstKey = this.map.keys().next().value;
            this.delete(firstKey);
          }
          this.map.set(key, value);
        }
        return this;
      }
    };
    module.exports = LRUCache;
  }
});

// ../../main/node_modules/semver/internal/trim-comparator-whitespace.js
var require_trim_comparator_whitespace = __commonJS({
  "../../main/node_modules/semver/internal/trim-comparator-whitespace.js"(exports, module) {
    "use strict";
    var {
      MAX_LENGTH,
      MAX_SAFE_BUILD_LENGTH,
      WHITESPACE_CHARACTERS
    } = require_constants();
    var whitespace = new Uint8Array(65536);
    for (const char of WHITESPACE_CHARACTERS) {
      whitespace[char.charCodeAt(0)] = 1;
    }
    var isWhitespace = (char) => char !== void 0 && whitespace[char.charCodeAt(0)] === 1;
    var isVersionPrefix = (char) => char === "v" || char === "=" || isWhitespace(char);
    var isDigit2 = (char) => char !== void 0 && char >= "0" && char <= "9";
    var isLetter = (char) => char !== void 0 && (char >= "a" && char <= "z" || char >= "A" && char <= "Z");
    var isIdentifierCharacter = (char) => isDigit2(char) || isLetter(char) || char === "-";
    var isVersionStart = (char) => isDigit2(char) || char === "x" || char === "X" || char === "*";
    var findDigitsEndIndex = (range, start, limit, digitRuns) => {
      if (!isDigit2(range[start])) {
        return start;
      }
      if (start >= digitRuns.start && start < digitRuns.end) {
        return Math.min(start + limit, digitRuns.end);
      }
      if (start >= digitRuns.previousStart && start < digitRuns.previousEnd) {
        return Math.min(start + limit, digitRuns.previousEnd);
      }
      let end = start + 1;
      while (isDigit2(range[end])) {
        end++;
      }
      digitRuns.previousStart = digitRuns.start;
      digitRuns.previousEnd = digitRuns.end;
      digitRuns.start = start;
      digitRuns.end = end;
      return Math.min(start + limit, end);
    };
    var findVersionNumberEndIndex = (range, start, loose, digitRuns) => {
      if (!loose && range[start] === "0") {
        return start + 1;
      }
      return findDigitsEndIndex(range, start, loose ? MAX_LENGTH : MAX_LENGTH + 1, digitRuns);
    };
    var findPrereleaseIdentifierEndIndex = (range, start, loose, digitRuns) => {
      const digitsEnd = findDigitsEndIndex(range, start, MAX_LENGTH, digitRuns);
      if (isLetter(range[digitsEnd]) || range[digitsEnd] === "-") {
        let end = digitsEnd + 1;
        const limit = end + MAX_SAFE_BUILD_LENGTH;
        while (end < limit && isIdentifierCharacter(range[end])) {
          end++;
        }
        return end;
      }
      return findVersionNumberEndIndex(range, start, loose, digitRuns);
    };
    var findPrereleaseEndIndex = (range, start, loose, digitRuns) => {
      const hyphen = range[start] === "-";
      if (!loose && !hyphen) {
        return start;
      }
      const identifierStart = start + (hyphen ? 1 : 0);
      let end = findPrereleaseIdentifierEndIndex(range, identifierStart, loose, digitRuns);
      if (end === identifierStart) {
        if (!loose || !hyphen) {
          return start;
        }
        end = findPrereleaseIdentifierEndIndex(range, start, loose, digitRuns);
      }
      while (range[end] === ".") {
        const next = findPrereleaseIdentifierEndIndex(range, end + 1, loose, digitRuns);
        if (next === end + 1) {
          break;
        }
        end = next;
      }
      return end;
    };
    var findBuildIdentifierEndIndex = (range, start) => {
      let end = start;
      while (end - start < MAX_SAFE_BUILD_LENGTH && isIdentifierCharacter(range[end])) {
        end++;
      }
      return end;
    };
    var findBuildEndIndex = (range, start) => {
      if (range[start] !== "+") {
        return start;
      }
      let end = findBuildIdentifierEndIndex(range, start + 1);
      if (end === start + 1) {
        return start;
      }
      while (range[end] === ".") {
        const next = findBuildIdentifierEndIndex(range, end + 1);
        if (next === end + 1) {
          break;
        }
        end = next;
      }
      return end;
    };
    var findLooseFullVersionEndIndex = (range, start, digitRuns) => {
      let end = start;
      for (let component = 0; component < 3; component++) {
        const next = findVersionNumberEndIndex(range, end, true, digitRuns);
        if (next === end) {
          return start;
        }
        end = next;
        if (component < 2) {
          if (range[end] !== ".") {
            return start;
          }
          end++;
        }
      }
      const prereleaseEnd = findPrereleaseEndIndex(range, end, true, digitRuns);
      return findBuildEndIndex(range, prereleaseEnd);
    };
    var findPartialVersionComponentEndIndex = (range, start, digitRuns) => {
      if (isDigit2(range[start])) {
        return findVersionNumberEndIndex(range, start, false, digitRuns);
      }
      return isVersionStart(range[start]) ? start + 1 : start;
    };
    var findPartialVersionEndIndex = (range, start, digitRuns) => {
      let end = findPartialVersionComponentEndIndex(range, start, digitRuns);
      for (let component = 0; component < 2; component++) {
        if (range[end] !== ".") {
          return end;
        }
        const next = findPartialVersionComponentEndIndex(range, end + 1, digitRuns);
        if (next === end + 1) {
          return end;
        }
        end = next;
      }
      const prereleaseEnd = findPrereleaseEndIndex(range, end, false, digitRuns);
      return findBuildEndIndex(range, prereleaseEnd);
    };
    var findVersionEndIndex = (range, start, digitRuns) => {
      const fullVersionEnd = findLooseFullVersionEndIndex(range, start, digitRuns);
      return fullVersionEnd !== start ? fullVersionEnd : findPartialVersionEndIndex(range, start, digitRuns);
    };
    var findRemovableWhitespaceIndex = (range, matchStart) => {
      let position = matchStart;
      if (isWhitespace(range[position])) {
        position++;
      }
      if (range[position] === "<" || range[position] === ">") {
        position++;
      }
      if (range[position] === "=") {
        position++;
      }
      return isWhitespace(range[position]) ? position : -1;
    };
    var trimComparatorWhitespace = (range) => {
      let result = "";
      let copyFrom = 0;
      let cursor = 0;
      const digitRuns = { start: -1, end: -1, previousStart: -1, previousEnd: -1 };
      while (cursor < range.length) {
        const matchStart = cursor;
        if (range[cursor] === "<" || range[cursor] === ">") {
          cursor++;
        } else if (!isVersionPrefix(range[cursor]) && !isVersionStart(range[cursor])) {
          cursor++;
          continue;
        }
        while (cursor < range.length && isVersionPrefix(range[cursor])) {
          cursor++;
        }
        if (!isVersionStart(range[cursor])) {
          continue;
        }
        const whitespacePosition = findRemovableWhitespaceIndex(range, matchStart);
        if (whitespacePosition !== -1) {
          result += range.slice(copyFrom, whitespacePosition);
          copyFrom = whitespacePosition + 1;
        }
        cursor = findVersionEndIndex(range, cursor, digitRuns);
      }
      return result + range.slice(copyFrom);
    };
    module.exports = trimComparatorWhitespace;
  }
});

// ../../main/node_modules/semver/classes/range.js
var require_range = __commonJS({
  "../../main/node_modules/semver/classes/range.js"(exports, module) {
    "use strict";
    var SPACE_CHARACTERS = /\s+/g;
    var Range = class _Range {
      constructor(range, options) {
        options = parseOptions(options);
        if (range instanceof _Range) {
          if (range.loose === !!options.loose && range.includePrerelease === !!options.includePrerelease) {
            return range;
          } else {
            return new _Range(range.raw, options);
          }
        }
        if (range instanceof Comparator) {
          this.raw = range.value;
          this.set = [[range]];
          this.formatted = void 0;
          return this;
        }
        this.options = options;
        this.loose = !!options.loose;
        this.includePrerelease = !!options.includePrerelease;
        this.raw = range.trim().replace(SPACE_CHARACTERS, " ");
        this.set = this.raw.split("||").map((r) => this.parseRange(r.trim())).filter((c) => c.length);
        if (!this.set.length) {
          throw new TypeError(`Invalid SemVer Range: ${this.raw}`);
        }
        if (this.set.length > 1) {
          const first = this.set[0];
          this.set = this.set.filter((c) => !isNullSet(c[0]));
          if (this.set.length === 0) {
            this.set = [first];
          } else if (this.set.length > 1) {
            for (const c of this.set) {
              if (c.length === 1 && isAny(c[0])) {
                this.set = [c];
                break;
              }
            }
          }
        }
        this.formatted = void 0;
      }
      get range() {
        if (this.formatted === void 0) {
          this.formatted = "";
          for (let i = 0; i < this.set.length; i++) {
            if (i > 0) {
              this.formatted += "||";
            }
            const comps = this.set[i];
            for (let k = 0; k < comps.length; k++) {
              if (k > 0) {
                this.formatted += " ";
              }
              this.formatted += comps[k].toString().trim();
            }
          }
        }
        return this.formatted;
      }
      format() {
        return this.range;
      }
      toString() {
        return this.range;
      }
      parseRange(range) {
        range = range.replace(BUILDSTRIPRE, "");
        const memoOpts = (this.options.includePrerelease && FLAG_INCLUDE_PRERELEASE) | (this.options.loose && FLAG_LOOSE);
        const memoKey = memoOpts + ":" + range;
        const cached = cache.get(memoKey);
        if (cached) {
          return cached;
        }
        const loose = this.options.loose;
        const hr = loose ? re[t.HYPHENRANGELOOSE] : re[t.HYPHENRANGE];
        range = range.replace(hr, hyphenReplace(this.options.includePrerelease));
        debug("hyphen replace", range);
        range = trimComparatorWhitespace(range);
        debug("comparator trim", range);
        range = range.replace(re[t.TILDETRIM], tildeTrimReplace);
        debug("tilde trim", range);
        range = range.replace(re[t.CARETTRIM], caretTrimReplace);
        debug("caret trim", range);
        let rangeList = range.split(" ").map((comp) => parseComparator(comp, this.options)).join(" ").split(/\s+/).map((comp) => replaceGTE0(comp, this.options));
        if (loose) {
          rangeList = rangeList.filter((comp) => {
            debug("loose invalid filter", comp, this.options);
            return !!comp.match(re[t.COMPARATORLOOSE]);
          });
        }
        debug("range list", rangeList);
        const rangeMap = /* @__PURE__ */ new Map();
        const comparators = rangeList.map((comp) => new Comparator(comp, this.options));
        for (const comp of comparators) {
          if (isNullSet(comp)) {
            return [comp];
          }
          rangeMap.set(comp.value, comp);
        }
        if (rangeMap.size > 1 && rangeMap.has("")) {
          rangeMap.delete("");
        }
        const result = [...rangeMap.values()];
        cache.set(memoKey, result);
        return result;
      }
      intersects(range, options) {
        if (!(range instanceof _Range)) {
          throw new TypeError("a Range is required");
        }
        return this.set.some((thisComparators) => {
          return isSatisfiable(thisComparators, options) && range.set.some((rangeComparators) => {
            return isSatisfiable(rangeComparators, options) && thisComparators.every((thisComparator) => {
              return rangeComparators.every((rangeComparator) => {
                return thisComparator.intersects(rangeComparator, options);
              });
            });
          });
        });
      }
      // if ANY of the sets match ALL of its comparators, then pass
      test(version2) {
        if (!version2) {
          return false;
        }
        if (typeof version2 === "string") {
          try {
            version2 = new SemVer(version2, this.options);
          } catch (er) {
            return false;
          }
        }
        for (let i = 0; i < this.set.length; i++) {
          if (testSet(this.set[i], version2, this.options)) {
            return true;
          }
        }
        return false;
      }
    };
    module.exports = Range;
    var LRU = require_lrucache();
    var cache = new LRU();
    var parseOptions = require_parse_options();
    var Comparator = require_comparator();
    var debug = require_debug();
    var SemVer = require_semver();
    var trimComparatorWhitespace = require_trim_comparator_whitespace();
    var {
      safeRe: re,
      src,
      t,
      tildeTrimReplace,
      caretTrimReplace
    } = require_re();
    var { FLAG_INCLUDE_PRERELEASE, FLAG_LOOSE } = require_constants();
    var BUILDSTRIPRE = new RegExp(src[t.BUILD], "g");
    var isNullSet = (c) => c.value === "<0.0.0-0";
    var isAny = (c) => c.value === "";
    var isSatisfiable = (comparators, options) => {
      let result = true;
      const remainingComparators = comparators.slice();
      let testComparator = remainingComparators.pop();
      while (result && remainingComparators.length) {
        result = remainingComparators.every((otherComparator) => {
          return testComparator.intersects(otherComparator, options);
        });
        testComparator = remainingComparators.pop();
      }
      return result;
    };
    var parseComparator = (comp, options) => {
      comp = comp.replace(re[t.BUILD], "");
      debug("comp", comp, options);
      comp = replaceCarets(comp, options);
      debug("caret", comp);
      comp = replaceTildes(comp, options);
      debug("tildes", comp);
      comp = replaceXRanges(comp, options);
      debug("xrange", comp);
      comp = replaceStars(comp, options);
      debug("stars", comp);
      return comp;
    };
    var isX = (id) => !id || id.toLowerCase() === "x" || id === "*";
    var invalidXRangeOrder = (M, m, p) => isX(M) && !isX(m) || isX(m) && p && !isX(p);
    var replaceTildes = (comp, options) => {
      return comp.trim().split(/\s+/).map((c) => replaceTilde(c, options)).join(" ");
    };
    var replaceTilde = (comp, options) => {
      const r = options.loose ? re[t.TILDELOOSE] : re[t.TILDE];
      const z = options.includePrerelease ? "-0" : "";
      return comp.replace(r, (_, M, m, p, pr) => {
        debug("tilde", comp, _, M, m, p, pr);
        let ret;
        if (isX(M)) {
          ret = "";
        } else if (isX(m)) {
          ret = `>=${M}.0.0${z} <${+M + 1}.0.0-0`;
        } else if (isX(p)) {
          ret = `>=${M}.${m}.0${z} <${M}.${+m + 1}.0-0`;
        } else if (pr) {
          debug("replaceTilde pr", pr);
          ret = `>=${M}.${m}.${p}-${pr} <${M}.${+m + 1}.0-0`;
        } else {
          ret = `>=${M}.${m}.${p} <${M}.${+m + 1}.0-0`;
        }
        debug("tilde return", ret);
        return ret;
      });
    };
    var replaceCarets = (comp, options) => {
      return comp.trim().split(/\s+/).map((c) => replaceCaret(c, options)).join(" ");
    };
    var replaceCaret = (comp, options) => {
      debug("caret", comp, options);
      const r = options.loose ? re[t.CARETLOOSE] : re[t.CARET];
      const z = options.includePrerelease ? "-0" : "";
      return comp.replace(r, (_, M, m, p, pr) => {
        debug("caret", comp, _, M, m, p, pr);
        let ret;
        if (isX(M)) {
          ret = "";
        } else if (isX(m)) {
          ret = `>=${M}.0.0${z} <${+M + 1}.0.0-0`;
        } else if (isX(p)) {
          if (M === "0") {
            ret = `>=${M}.${m}.0${z} <${M}.${+m + 1}.0-0`;
          } else {
            ret = `>=${M}.${m}.0${z} <${+M + 1}.0.0-0`;
          }
        } else if (pr) {
          debug("replaceCaret pr", pr);
          if (M === "0") {
            if (m === "0") {
              ret = `>=${M}.${m}.${p}-${pr} <${M}.${m}.${+p + 1}-0`;
            } else {
              ret = `>=${M}.${m}.${p}-${pr} <${M}.${+m + 1}.0-0`;
            }
          } else {
            ret = `>=${M}.${m}.${p}-${pr} <${+M + 1}.0.0-0`;
          }
        } else {
          debug("no pr");
          if (M === "0") {
            if (m === "0") {
              ret = `>=${M}.${m}.${p} <${M}.${m}.${+p + 1}-0`;
            } else {
              ret = `>=${M}.${m}.${p} <${M}.${+m + 1}.0-0`;
            }
          } else {
            ret = `>=${M}.${m}.${p} <${+M + 1}.0.0-0`;
          }
        }
        debug("caret return", ret);
        return ret;
      });
    };
    var replaceXRanges = (comp, options) => {
      debug("replaceXRanges", comp, options);
      return comp.split(/\s+/).map((c) => replaceXRange(c, options)).join(" ");
    };
    var replaceXRange = (comp, options) => {
      comp = comp.trim();
      const r = options.loose ? re[t.XRANGELOOSE] : re[t.XRANGE];
      return comp.replace(r, (ret, gtlt, M, m, p, pr) => {
        debug("xRange", comp, ret, gtlt, M, m, p, pr);
        if (invalidXRangeOrder(M, m, p)) {
          return comp;
        }
        const xM = isX(M);
        const xm = xM || isX(m);
        const xp = xm || isX(p);
        const anyX = xp;
        if (gtlt === "=" && anyX) {
          gtlt = "";
        }
        pr = options.includePrerelease ? "-0" : "";
        if (xM) {
          if (gtlt === ">" || gtlt === "<") {
            ret = "<0.0.0-0";
          } else {
            ret = "*";
          }
        } else if (gtlt && anyX) {
          if (xm) {
            m = 0;
          }
          p = 0;
          if (gtlt === ">") {
            gtlt = ">=";
            if (xm) {
              M = +M + 1;
              m = 0;
              p = 0;
            } else {
              m = +m + 1;
              p = 0;
            }
          } else if (gtlt === "<=") {
            gtlt = "<";
            if (xm) {
              M = +M + 1;
            } else {
              m = +m + 1;
            }
          }
          if (gtlt === "<") {
            pr = "-0";
          }
          ret = `${gtlt + M}.${m}.${p}${pr}`;
        } else if (xm) {
          ret = `>=${M}.0.0${pr} <${+M + 1}.0.0-0`;
        } else if (xp) {
          ret = `>=${M}.${m}.0${pr} <${M}.${+m + 1}.0-0`;
        }
        debug("xRange return", ret);
        return ret;
      });
    };
    var replaceStars = (comp, options) => {
      debug("replaceStars", comp, options);
      return comp.trim().replace(re[t.STAR], "");
    };
    var replaceGTE0 = (comp, options) => {
      debug("replaceGTE0", comp, options);
      return comp.trim().replace(re[options.includePrerelease ? t.GTE0PRE : t.GTE0], "");
    };
    var hyphenReplace = (incPr) => ($0, from, fM, fm, fp, fpr, fb, to, tM, tm, tp, tpr) => {
      if (isX(fM)) {
        from = "";
      } else if (isX(fm)) {
        from = `>=${fM}.0.0${incPr ? "-0" : ""}`;
      } else if (isX(fp)) {
        from = `>=${fM}.${fm}.0${incPr ? "-0" : ""}`;
      } else if (fpr) {
        from = `>=${from}`;
      } else {
        from = `>=${from}${incPr ? "-0" : ""}`;
      }
      if (isX(tM)) {
        to = "";
      } else if (isX(tm)) {
        to = `<${+tM + 1}.0.0-0`;
      } else if (isX(tp)) {
        to = `<${tM}.${+tm + 1}.0-0`;
      } else if (tpr) {
        to = `<=${tM}.${tm}.${tp}-${tpr}`;
      } else if (incPr) {
        to = `<${tM}.${tm}.${+tp + 1}-0`;
      } else {
        to = `<=${to}`;
      }
      return `${from} ${to}`.trim();
    };
    var testSet = (set, version2, options) => {
      for (let i = 0; i < set.length; i++) {
        if (!set[i].test(version2)) {
          return false;
        }
      }
      if (version2.prerelease.length && !options.includePrerelease) {
        for (let i = 0; i < set.length; i++) {
          debug(set[i].semver);
          if (set[i].semver === Comparator.ANY) {
            continue;
          }
          if (set[i].semver.prerelease.length > 0) {
            const allowed = set[i].semver;
            if (allowed.major === version2.major && allowed.minor === version2.minor && allowed.patch === version2.patch) {
              return true;
            }
          }
        }
        return false;
      }
      return true;
    };
  }
});

// ../../main/node_modules/semver/classes/comparator.js
var require_comparator = __commonJS({
  "../../main/node_modules/semver/classes/comparator.js"(exports, module) {
    "use strict";
    var ANY = /* @__PURE__ */ Symbol("SemVer ANY");
    var Comparator = class _Comparator {
      static get ANY() {
        return ANY;
      }
      constructor(comp, options) {
        options = parseOptions(options);
        if (comp instanceof _Comparator) {
          if (comp.loose === !!options.loose) {
            return comp;
          } else {
            comp = comp.value;
          }
        }
        comp = comp.trim().split(/\s+/).join(" ");
        debug("comparator", comp, options);
        this.options = options;
        this.loose = !!options.loose;
        this.parse(comp);
        if (this.semver === ANY) {
          this.value = "";
        } else {
          this.value = this.operator + this.semver.version;
        }
        debug("comp", this);
      }
      parse(comp) {
        const r = this.options.loose ? re[t.COMPARATORLOOSE] : re[t.COMPARATOR];
        const m = comp.match(r);
        if (!m) {
          throw new TypeError(`Invalid comparator: ${comp}`);
        }
        this.operator = m[1] !== void 0 ? m[1] : "";
        if (this.operator === "=") {
          this.operator = "";
        }
        if (!m[2]) {
          this.semver = ANY;
        } else {
          this.semver = new SemVer(m[2], this.options.loose);
        }
      }
      toString() {
        return this.value;
      }
      test(version2) {
        debug("Comparator.test", version2, this.options.loose);
        if (this.semver === ANY || version2 === ANY) {
          return true;
        }
        if (typeof version2 === "string") {
          try {
            version2 = new SemVer(version2, this.options);
          } catch (er) {
            return false;
          }
        }
        return cmp(version2, this.operator, this.semver, this.options);
      }
      intersects(comp, options) {
        if (!(comp instanceof _Comparator)) {
          throw new TypeError("a Comparator is required");
        }
        if (this.operator === "") {
          if (this.value === "") {
            return true;
          }
          return new Range(comp.value, options).test(this.value);
        } else if (comp.operator === "") {
          if (comp.value === "") {
            return true;
          }
          return new Range(this.value, options).test(comp.semver);
        }
        options = parseOptions(options);
        if (options.includePrerelease && (this.value === "<0.0.0-0" || comp.value === "<0.0.0-0")) {
          return false;
        }
        if (!options.includePrerelease && (this.value.startsWith("<0.0.0") || comp.value.startsWith("<0.0.0"))) {
          return false;
        }
        if (this.operator.startsWith(">") && comp.operator.startsWith(">")) {
          return true;
        }
        if (this.operator.startsWith("<") && comp.operator.startsWith("<")) {
          return true;
        }
        if (this.semver.version === comp.semver.version && this.operator.includes("=") && comp.operator.includes("=")) {
          return true;
        }
        if (cmp(this.semver, "<", comp.semver, options) && this.operator.startsWith(">") && comp.operator.startsWith("<")) {
          return true;
        }
        if (cmp(this.semver, ">", comp.semver, options) && this.operator.startsWith("<") && comp.operator.startsWith(">")) {
          return true;
        }
        return false;
      }
    };
    module.exports = Comparator;
    var parseOptions = require_parse_options();
    var { safeRe: re, t } = require_re();
    var cmp = require_cmp();
    var debug = require_debug();
    var SemVer = require_semver();
    var Range = require_range();
  }
});

// ../../main/node_modules/semver/functions/satisfies.js
var require_satisfies = __commonJS({
  "../../main/node_modules/semver/functions/satisfies.js"(exports, module) {
    "use strict";
    var Range = require_range();
    var satisfies2 = (version2, range, options) => {
      try {
        range = new Range(range, options);
      } catch (er) {
        return false;
      }
      return range.test(version2);
    };
    module.exports = satisfies2;
  }
});

// ../../main/node_modules/semver/ranges/to-comparators.js
var require_to_comparators = __commonJS({
  "../../main/node_modules/semver/ranges/to-comparators.js"(exports, module) {
    "use strict";
    var Range = require_range();
    var toComparators = (range, options) => new Range(range, options).set.map((comp) => comp.map((c) => c.value).join(" ").trim().split(" "));
    module.exports = toComparators;
  }
});

// ../../main/node_modules/semver/ranges/max-satisfying.js
var require_max_satisfying = __commonJS({
  "../../main/node_modules/semver/ranges/max-satisfying.js"(exports, module) {
    "use strict";
    var SemVer = require_semver();
    var Range = require_range();
    var maxSatisfying = (versions, range, options) => {
      let max = null;
      let maxSV = null;
      let rangeObj = null;
      try {
        rangeObj = new Range(range, options);
      } catch (er) {
        return null;
      }
      versions.forEach((v) => {
        if (rangeObj.test(v)) {
          if (!max || maxSV.compare(v) === -1) {
            max = v;
            maxSV = new SemVer(max, options);
          }
        }
      });
      return max;
    };
    module.exports = maxSatisfying;
  }
});

// ../../main/node_modules/semver/ranges/min-satisfying.js
var require_min_satisfying = __commonJS({
  "../../main/node_modules/semver/ranges/min-satisfying.js"(exports, module) {
    "use strict";
    var SemVer = require_semver();
    var Range = require_range();
    var minSatisfying = (versions, range, options) => {
      let min = null;
      let minSV = null;
      let rangeObj = null;
      try {
        rangeObj = new Range(range, options);
      } catch (er) {
        return null;
      }
      versions.forEach((v) => {
        if (rangeObj.test(v)) {
          if (!min || minSV.compare(v) === 1) {
            min = v;
            minSV = new SemVer(min, options);
          }
        }
      });
      return min;
    };
    module.exports = minSatisfying;
  }
});

// ../../main/node_modules/semver/ranges/min-version.js
var require_min_version = __commonJS({
  "../../main/node_modules/semver/ranges/min-version.js"(exports, module) {
    "use strict";
    var SemVer = require_semver();
    var Range = require_range();
    var gt = require_gt();
    var minVersion = (range, loose) => {
      range = new Range(range, loose);
      let minver = new SemVer("0.0.0");
      if (range.test(minver)) {
        return minver;
      }
      minver = new SemVer("0.0.0-0");
      if (range.test(minver)) {
        return minver;
      }
      minver = null;
      for (let i = 0; i < range.set.length; ++i) {
        const comparators = range.set[i];
        let setMin = null;
        comparators.forEach((comparator) => {
          const compver = new SemVer(comparator.semver.version);
          switch (comparator.operator) {
            case ">":
              if (compver.prerelease.length === 0) {
                compver.patch++;
              } else {
                compver.prerelease.push(0);
              }
              compver.raw = compver.format();
            /* fallthrough */
            case "":
            case ">=":
              if (!setMin || gt(compver, setMin)) {
                setMin = compver;
              }
              break;
            case "<":
            case "<=":
              break;
            /* istanbul ignore next */
            default:
              throw new Error(`Unexpected operation: ${comparator.operator}`);
          }
        });
        if (setMin && (!minver || gt(minver, setMin))) {
          minver = setMin;
        }
      }
      if (minver && range.test(minver)) {
        return minver;
      }
      return null;
    };
    module.exports = minVersion;
  }
});

// ../../main/node_modules/semver/ranges/valid.js
var require_valid2 = __commonJS({
  "../../main/node_modules/semver/ranges/valid.js"(exports, module) {
    "use strict";
    var Range = require_range();
    var validRange = (range, options) => {
      try {
        return new Range(range, options).range || "*";
      } catch (er) {
        return null;
      }
    };
    module.exports = validRange;
  }
});

// ../../main/node_modules/semver/ranges/outside.js
var require_outside = __commonJS({
  "../../main/node_modules/semver/ranges/outside.js"(exports, module) {
    "use strict";
    var SemVer = require_semver();
    var Comparator = require_comparator();
    var { ANY } = Comparator;
    var Range = require_range();
    var satisfies2 = require_satisfies();
    var gt = require_gt();
    var lt = require_lt();
    var lte = require_lte();
    var gte = require_gte();
    var outside = (version2, range, hilo, options) => {
      version2 = new SemVer(version2, options);
      range = new Range(range, options);
      let gtfn, ltefn, ltfn, comp, ecomp;
      switch (hilo) {
        case ">":
          gtfn = gt;
          ltefn = lte;
          ltfn = lt;
          comp = ">";
          ecomp = ">=";
          break;
        case "<":
          gtfn = lt;
          ltefn = gte;
          ltfn = gt;
          comp = "<";
          ecomp = "<=";
          break;
        default:
          throw new TypeError('Must provide a hilo val of "<" or ">"');
      }
      if (satisfies2(version2, range, options)) {
        return false;
      }
      for (let i = 0; i < range.set.length; ++i) {
        const comparators = range.set[i];
        let high = null;
        let low = null;
        comparators.forEach((comparator) => {
          if (comparator.semver === ANY) {
            comparator = new Comparator(">=0.0.0");
          }
          high = high || comparator;
          low = low || comparator;
          if (gtfn(comparator.semver, high.semver, options)) {
            high = comparator;
          } else if (ltfn(comparator.semver, low.semver, options)) {
            low = comparator;
          }
        });
        if (high.operator === comp || high.operator === ecomp) {
          return false;
        }
        if ((!low.operator || low.operator === comp) && ltefn(version2, low.semver)) {
          return false;
        } else if (low.operator === ecomp && ltfn(version2, low.semver)) {
          return false;
        }
      }
      return true;
    };
    module.exports = outside;
  }
});

// ../../main/node_modules/semver/ranges/gtr.js
var require_gtr = __commonJS({
  "../../main/node_modules/semver/ranges/gtr.js"(exports, module) {
    "use strict";
    var outside = require_outside();
    var gtr = (version2, range, options) => outside(version2, range, ">", options);
    module.exports = gtr;
  }
});

// ../../main/node_modules/semver/ranges/ltr.js
var require_ltr = __commonJS({
  "../../main/node_modules/semver/ranges/ltr.js"(exports, module) {
    "use strict";
    var outside = require_outside();
    var ltr = (version2, range, options) => outside(version2, range, "<", options);
    module.exports = ltr;
  }
});

// ../../main/node_modules/semver/ranges/intersects.js
var require_intersects = __commonJS({
  "../../main/node_modules/semver/ranges/intersects.js"(exports, module) {
    "use strict";
    var Range = require_range();
    var intersects = (r1, r2, options) => {
      r1 = new Range(r1, options);
      r2 = new Range(r2, options);
      return r1.intersects(r2, options);
    };
    module.exports = intersects;
  }
});

// ../../main/node_modules/semver/ranges/simplify.js
var require_simplify = __commonJS({
  "../../main/node_modules/semver/ranges/simplify.js"(exports, module) {
    "use strict";
    var satisfies2 = require_satisfies();
    var compare2 = require_compare();
    module.exports = (versions, range, options) => {
      const set = [];
      let first = null;
      let prev = null;
      const v = versions.sort((a, b) => compare2(a, b, options));
      for (const version2 of v) {
        const included = satisfies2(version2, range, options);
        if (included) {
          prev = version2;
          if (!first) {
            first = version2;
          }
        } else {
          if (prev) {
            set.push([first, prev]);
          }
          prev = null;
          first = null;
        }
      }
      if (first) {
        set.push([first, null]);
      }
      const ranges = [];
      for (const [min, max] of set) {
        if (min === max) {
          ranges.push(min);
        } else if (!max && min === v[0]) {
          ranges.push("*");
        } else if (!max) {
          ranges.push(`>=${min}`);
        } else if (min === v[0]) {
          ranges.push(`<=${max}`);
        } else {
          ranges.push(`${min} - ${max}`);
        }
      }
      const simplified = ranges.join(" || ");
      const original = typeof range.raw === "string" ? range.raw : String(range);
      return simplified.length < original.length ? simplified : range;
    };
  }
});

// ../../main/node_modules/semver/ranges/subset.js
var require_subset = __commonJS({
  "../../main/node_modules/semver/ranges/subset.js"(exports, module) {
    "use strict";
    var Range = require_range();
    var Comparator = require_comparator();
    var { ANY } = Comparator;
    var satisfies2 = require_satisfies();
    var compare2 = require_compare();
    var subset = (sub, dom, options = {}) => {
      if (sub === dom) {
        return true;
      }
      sub = new Range(sub, options);
      dom = new Range(dom, options);
      let sawNonNull = false;
      OUTER: for (const simpleSub of sub.set) {
        for (const simpleDom of dom.set) {
          const isSub = simpleSubset(simpleSub, simpleDom, options);
          sawNonNull = sawNonNull || isSub !== null;
          if (isSub) {
            continue OUTER;
          }
        }
        if (sawNonNull) {
          return false;
        }
      }
      return true;
    };
    var minimumVersionWithPreRelease = [new Comparator(">=0.0.0-0")];
    var minimumVersion = [new Comparator(">=0.0.0")];
    var simpleSubset = (sub, dom, options) => {
      if (sub === dom) {
        return true;
      }
      if (sub.length === 1 && sub[0].semver === ANY) {
        if (dom.length === 1 && dom[0].semver === ANY) {
          return true;
        } else if (options.includePrerelease) {
          sub = minimumVersionWithPreRelease;
        } else {
          sub = minimumVersion;
        }
      }
      if (dom.length === 1 && dom[0].semver === ANY) {
        if (options.includePrerelease) {
          return true;
        } else {
          dom = minimumVersion;
        }
      }
      const eqSet = /* @__PURE__ */ new Set();
      let gt, lt;
      for (const c of sub) {
        if (c.operator === ">" || c.operator === ">=") {
          gt = higherGT(gt, c, options);
        } else if (c.operator === "<" || c.operator === "<=") {
          lt = lowerLT(lt, c, options);
        } else {
          eqSet.add(c.semver);
        }
      }
      if (eqSet.size > 1) {
        return null;
      }
      let gtltComp;
      if (gt && lt) {
        gtltComp = compare2(gt.semver, lt.semver, options);
        if (gtltComp > 0) {
          return null;
        } else if (gtltComp === 0 && (gt.operator !== ">=" || lt.operator !== "<=")) {
          return null;
        }
      }
      for (const eq of eqSet) {
        if (gt && !satisfies2(eq, String(gt), options)) {
          return null;
        }
        if (lt && !satisfies2(eq, String(lt), options)) {
          return null;
        }
        for (const c of dom) {
          if (!satisfies2(eq, String(c), options)) {
            return false;
          }
        }
        return true;
      }
      let higher, lower;
      let hasDomLT, hasDomGT;
      let needDomLTPre = lt && !options.includePrerelease && lt.semver.prerelease.length ? lt.semver : false;
      let needDomGTPre = gt && !options.includePrerelease && gt.semver.prerelease.length ? gt.semver : false;
      if (needDomLTPre && needDomLTPre.prerelease.length === 1 && lt.operator === "<" && needDomLTPre.prerelease[0] === 0) {
        needDomLTPre = false;
      }
      for (const c of dom) {
        hasDomGT = hasDomGT || c.operator === ">" || c.operator === ">=";
        hasDomLT = hasDomLT || c.operator === "<" || c.operator === "<=";
        if (gt) {
          if (needDomGTPre) {
            if (c.semver.prerelease && c.semver.prerelease.length && c.semver.major === needDomGTPre.major && c.semver.minor === needDomGTPre.minor && c.semver.patch === needDomGTPre.patch) {
              needDomGTPre = false;
            }
          }
          if (c.operator === ">" || c.operator === ">=") {
            higher = higherGT(gt, c, options);
            if (higher === c && higher !== gt) {
              return false;
            }
          } else if (gt.operator === ">=" && !c.test(gt.semver)) {
            return false;
          }
        }
        if (lt) {
          if (needDomLTPre) {
            if (c.semver.prerelease && c.semver.prerelease.length && c.semver.major === needDomLTPre.major && c.semver.minor === needDomLTPre.minor && c.semver.patch === needDomLTPre.patch) {
              needDomLTPre = false;
            }
          }
          if (c.operator === "<" || c.operator === "<=") {
            lower = lowerLT(lt, c, options);
            if (lower === c && lower !== lt) {
              return false;
            }
          } else if (lt.operator === "<=" && !c.test(lt.semver)) {
            return false;
          }
        }
        if (!c.operator && (lt || gt) && gtltComp !== 0) {
          return false;
        }
      }
      if (gt && hasDomLT && !lt && gtltComp !== 0) {
        return false;
      }
      if (lt && hasDomGT && !gt && gtltComp !== 0) {
        return false;
      }
      if (needDomGTPre || needDomLTPre) {
        return false;
      }
      return true;
    };
    var higherGT = (a, b, options) => {
      if (!a) {
        return b;
      }
      const comp = compare2(a.semver, b.semver, options);
      return comp > 0 ? a : comp < 0 ? b : b.operator === ">" && a.operator === ">=" ? b : a;
    };
    var lowerLT = (a, b, options) => {
      if (!a) {
        return b;
      }
      const comp = compare2(a.semver, b.semver, options);
      return comp < 0 ? a : comp > 0 ? b : b.operator === "<" && a.operator === "<=" ? b : a;
    };
    module.exports = subset;
  }
});

// ../../main/node_modules/semver/index.js
var require_semver2 = __commonJS({
  "../../main/node_modules/semver/index.js"(exports, module) {
    "use strict";
    var internalRe = require_re();
    var constants6 = require_constants();
    var SemVer = require_semver();
    var identifiers = require_identifiers();
    var parse2 = require_parse();
    var valid = require_valid();
    var clean = require_clean();
    var inc = require_inc();
    var diff = require_diff();
    var major = require_major();
    var minor = require_minor();
    var patch = require_patch();
    var prerelease2 = require_prerelease();
    var compare2 = require_compare();
    var rcompare = require_rcompare();
    var compareLoose = require_compare_loose();
    var compareBuild = require_compare_build();
    var sort = require_sort();
    var rsort = require_rsort();
    var gt = require_gt();
    var lt = require_lt();
    var eq = require_eq();
    var neq = require_neq();
    var gte = require_gte();
    var lte = require_lte();
    var cmp = require_cmp();
    var coerce = require_coerce();
    var truncate = require_truncate();
    var Comparator = require_comparator();
    var Range = require_range();
    var satisfies2 = require_satisfies();
    var toComparators = require_to_comparators();
    var maxSatisfying = require_max_satisfying();
    var minSatisfying = require_min_satisfying();
    var minVersion = require_min_version();
    var validRange = require_valid2();
    var outside = require_outside();
    var gtr = require_gtr();
    var ltr = require_ltr();
    var intersects = require_intersects();
    var simplifyRange = require_simplify();
    var subset = require_subset();
    module.exports = {
      parse: parse2,
      valid,
      clean,
      inc,
      diff,
      major,
      minor,
      patch,
      prerelease: prerelease2,
      compare: compare2,
      rcompare,
      compareLoose,
      compareBuild,
      sort,
      rsort,
      gt,
      lt,
      eq,
      neq,
      gte,
      lte,
      cmp,
      coerce,
      truncate,
      Comparator,
      Range,
      satisfies: satisfies2,
      toComparators,
      maxSatisfying,
      minSatisfying,
      minVersion,
      validRange,
      outside,
      gtr,
      ltr,
      intersects,
      simplifyRange,
      subset,
      SemVer,
      re: internalRe.re,
      src: internalRe.src,
      tokens: internalRe.t,
      SEMVER_SPEC_VERSION: constants6.SEMVER_SPEC_VERSION,
      RELEASE_TYPES: constants6.RELEASE_TYPES,
      compareIdentifiers: identifiers.compareIdentifiers,
      rcompareIdentifiers: identifiers.rcompareIdentifiers
    };
  }
});

// agent/adapters/folder-source.ts
import { createHash } from "node:crypto";
import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";

// agent/errors.ts
var ERROR_TABLE = {
  // the offer
  MANIFEST_EXPIRED: { policy: "refuse", meaning: "the release has passed its expiry date" },
  MANIFEST_REJECTED: {
    policy: "refuse",
    meaning: "envelope or manifest is malformed or not signed by enough trusted keys"
  },
  COMPATIBLE_MISMATCH: { policy: "refuse", meaning: "the release is for another product or board" },
  CHANNEL_MISMATCH: {
    policy: "refuse",
    meaning: "a pre-release of a channel that this device does not follow"
  },
  VERSION_NOT_GREATER: { policy: "refuse", meaning: "the release is not newer than the booted one" },
  SEQUENCE_BELOW_FLOOR: { policy: "refuse", meaning: "an older release is being replayed" },
  SECURITY_VERSION_BELOW_FLOOR: {
    policy: "refuse",
    meaning: "the release has known holes that this device has left behind"
  },
  REQUIREMENT_NOT_MET: {
    policy: "refuse",
    meaning: "the release asks for another starting version or agent, or for what this agent cannot judge"
  },
  SLOT_CLASS_MISMATCH: {
    policy: "refuse",
    meaning: "the release does not have exactly one image for each slot class of this device"
  },
  MCU_FIRMWARE_UNSUPPORTED: {
    policy: "refuse",
    meaning: "the release names an MCU firmware and this agent cannot transfer one yet"
  },
  RELEASE_FAILED_BEFORE: {
    policy: "refuse",
    meaning: "this release identity failed too often here; --retry or a new release lifts it"
  },
  FRAME_WRONG: {
    policy: "retry",
    meaning: "the bytes of a frame are not the signed ones; fetched again, three times at most"
  },
  PAYLOAD_REJECTED: {
    policy: "abandon",
    meaning: "a chunk index or a frame does not match its signed digest after three fetches"
  },
  // transport
  CONNECTION_FAILED: { policy: "retry", meaning: "the server could not be reached or closed the connection" },
  DNS_FAILED: { policy: "retry", meaning: "the server name could not be resolved" },
  TIMEOUT: { policy: "retry", meaning: "the server stopped answering" },
  SHORT_BODY: { policy: "retry", meaning: "the answer ended before its promised length" },
  SERVER_BUSY: {
    policy: "retry",
    meaning: "the server asks for another try later (408, 425, 429, 502 to 504)"
  },
  SERVER_FAILED: {
    policy: "wait",
    meaning: "the server is broken (500 and other 5xx); again at the next poll"
  },
  ACCESS_DENIED: {
    policy: "operator",
    meaning: "the server or a proxy wants other credentials (401, 403, 407)"
  },
  HTTP_STATUS: { policy: "abandon", meaning: "the server does not have what the offer names (other 4xx)" },
  CAPTIVE_PORTAL: {
    policy: "wait",
    meaning: "a log-in page of the local network answered instead of the server"
  },
  REDIRECT_REFUSED: {
    policy: "wait",
    meaning: "a redirect goes in a circle, too far, or from https to http"
  },
  CERTIFICATE_DATE: {
    policy: "wait",
    meaning: "the certificate is out of date by a clock that is not synchronised"
  },
  CERTIFICATE_REJECTED: { policy: "operator", meaning: "the server could not prove who it is" },
  OFFER_TOO_LARGE: { policy: "refuse", meaning: "release.json is larger than any release can need" },
  PAYLOAD_LENGTH: { policy: "wait", meaning: "a payload does not have the length that was signed" },
  VALIDATOR_CHANGED: {
    policy: "retry",
    meaning: "the payload has another ETag than before; the pinned one is dropped, the next try is at once"
  },
  RANGE_ANSWER: { policy: "retry", meaning: "the answer does not fit the request" },
  RANGE_NOT_SATISFIABLE: {
    policy: "retry",
    meaning: "the server has no bytes where the signed length says there are some"
  },
  SOURCE_UNREADABLE: { policy: "wait", meaning: "a folder or medium with a release cannot be read" },
  FETCH_SERIES_ENDED: {
    policy: "wait",
    meaning: "five tries in a row brought no verified chunk; again at the next poll"
  },
  BYTE_BUDGET_SPENT: {
    policy: "operator",
    meaning: "this release has cost more bytes than the budget allows"
  },
  // slots
  SLOT_IS_BOOTED: { policy: "operator", meaning: "the configured target is the booted slot" },
  SLOT_BUSY: { policy: "operator", meaning: "something else has the target partition open" },
  SLOT_TOO_SMALL: { policy: "refuse", meaning: "an image does not fit its partition" },
  SLOT_OPEN_FAILED: { policy: "operator", meaning: "a slot partition could not be opened" },
  SLOT_READ_FAILED: { policy: "operator", meaning: "a slot partition could not be read" },
  SLOT_WRITE_FAILED: { policy: "operator", meaning: "a slot partition could not be written or flushed" },
  SLOT_READ_BACK: { policy: "abandon", meaning: "the slot does not hold what was written" },
  SEAL_BROKEN: { policy: "operator", meaning: "the slot no longer holds the digests that the vault knows" },
  BOOTED_NOT_GOOD: {
    policy: "wait",
    meaning: "the booted slot is on trial and has a fallback, so no slot is opened"
  },
  // boot control
  BOOT_CONTROL_FAILED: {
    policy: "operator",
    meaning: "the boot control could not be read, written or read back"
  },
  BOOTED_SLOT_UNKNOWN: {
    policy: "operator",
    meaning: "the kernel command line does not say which slot is booted"
  },
  // memory
  STORE_UNWRITABLE: { policy: "operator", meaning: "the data partition is full or read-only" },
  STORE_UNREADABLE: { policy: "operator", meaning: "the store cannot be opened by this agent" },
  VAULT_WRITE_FAILED: { policy: "operator", meaning: "the vault could not be written or read back" },
  LOCKED: { policy: "wait", meaning: "another walker holds the lock" },
  LOCK_FAILED: { policy: "operator", meaning: "the lock file in the run folder cannot be used" },
  // reboot, confirm, MCU
  MCU_SILENT: { policy: "wait", meaning: "the MCU does not answer" },
  MCU_REFUSED: { policy: "wait", meaning: "the MCU will not have the board reset now" },
  MCU_FAILED: { policy: "wait", meaning: "the MCU answered with an error" },
  REBOOT_FAILED: { policy: "operator", meaning: "the system refused to reboot" },
  HEALTH_CHECK_FAILED: { policy: "roll-back", meaning: "a health check of the new slot failed" },
  CANNOT_UPDATE_AGAIN: {
    policy: "roll-back",
    meaning: "from the new slot no further update would be possible"
  },
  CONFIRM_DEADLINE: { policy: "roll-back", meaning: "the trial was not marked good in time" },
  TRIES_USED_UP: {
    policy: "roll-back",
    meaning: "the boot loader gave the new slot up before its agent could confirm it"
  },
  ENTRY_STUCK: {
    policy: "operator",
    meaning: "a start was led to the same door twice: what it did there did not last"
  },
  RECOVERY_ASKED: {
    policy: "operator",
    meaning: "the boot loader asks for recovery and there is nothing to recover to"
  },
  AGENT_KEEPS_FAILING: { policy: "operator", meaning: "the agent failed to start three times in a row" },
  ROLLED_BACK_BY_PERSON: { policy: "roll-back", meaning: "a person asked for the rollback" },
  NO_FALLBACK: { policy: "operator", meaning: "there is no other slot to go back to" },
  // the command and its surroundings
  CONFIG_INVALID: { policy: "operator", meaning: "the configuration has a wrong value or an unknown key" },
  RELEASE_INFO_INVALID: { policy: "operator", meaning: "the booted image has no readable release-info" },
  CANCELLED: { policy: "refuse", meaning: "a person cancelled the deployment" },
  ROOT_NEEDED: { policy: "refuse", meaning: "only root on the device may do this" },
  NOTHING_TO_DO: { policy: "refuse", meaning: "the command does not fit the present state" }
};
var AgentError = class extends Error {
  code;
  facts;
  constructor(code, message, more = {}) {
    super(message, more.cause === void 0 ? void 0 : { cause: more.cause });
    this.name = "AgentError";
    this.code = code;
    this.facts = more.facts ?? {};
  }
  get policy() {
    return ERROR_TABLE[this.code].policy;
  }
};

// agent/model/release-directory.ts
var OFFER_NAME = "release.json";
var OFFER_MOST_BYTES = 2 * 1024 * 1024;
var PAYLOAD_NAME = /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,254}$/;
function requirePayloadName(name2) {
  if (PAYLOAD_NAME.test(name2)) return name2;
  throw new AgentError(
    "MANIFEST_REJECTED",
    `The payload name ${JSON.stringify(name2.slice(0, 64))} is not one path segment of letters, digits, '.', '_' and '-'.`,
    { facts: { name: name2.slice(0, 64) } }
  );
}
function requireRange(name2, start, end, pin) {
  if (Number.isSafeInteger(start) && start >= 0 && start < end && end <= pin.size) return;
  throw new AgentError(
    "RANGE_NOT_SATISFIABLE",
    `Bytes ${start} to ${end} were asked of ${name2}, which has ${pin.size}.`,
    { facts: { name: name2, start, end, size: pin.size } }
  );
}

// agent/adapters/folder-source.ts
var PIECE_BYTES = 256 * 1024;
function createFolderSource(folder) {
  return new FolderSource(folder);
}
var FolderSource = class {
  name;
  #folder;
  constructor(folder) {
    this.#folder = folder;
    this.name = folder;
  }
  /** The validator is the content's digest: file times of removable media mean nothing. */
  async offer(previousEtag, signal) {
    signal.throwIfAborted();
    const file = await this.#open(OFFER_NAME);
    try {
      if (file.size > OFFER_MOST_BYTES) {
        throw new AgentError(
          "OFFER_TOO_LARGE",
          `${file.path} has ${file.size} bytes; no release needs more than ${OFFER_MOST_BYTES}.`,
          { facts: { path: file.path, size: file.size } }
        );
      }
      const envelope = new Uint8Array(file.size);
      await fill(file, envelope, 0);
      const etag = `"${createHash("sha256").update(envelope).digest("hex")}"`;
      return etag === previousEtag ? { kind: "unchanged" } : { kind: "offer", envelope, etag };
    } finally {
      await file.handle.close();
    }
  }
  async read(name2, size, signal) {
    signal.throwIfAborted();
    const file = await this.#openPayload(name2, size);
    try {
      const whole2 = new Uint8Array(size);
      await fill(file, whole2, 0);
      return whole2;
    } finally {
      await file.handle.close();
    }
  }
  /** No validator is pinned: the length is compared and every frame has a digest. */
  async range(name2, start, end, pin, signal) {
    signal.throwIfAborted();
    requireRange(name2, start, end, pin);
    const file = await this.#openPayload(name2, pin.size);
    await file.handle.close();
    return { etag: void 0, discarded: () => 0, body: this.#pieces(name2, start, end, pin, signal) };
  }
  async close() {
  }
  async *#pieces(name2, start, end, pin, signal) {
    const file = await this.#openPayload(name2, pin.size);
    try {
      for (let at = start; at < end; at += PIECE_BYTES) {
        signal.throwIfAborted();
        const piece = new Uint8Array(Math.min(PIECE_BYTES, end - at));
        await fill(file, piece, at);
        yield piece;
      }
    } finally {
      await file.handle.close();
    }
  }
  async #openPayload(name2, size) {
    const file = await this.#open(name2);
    if (file.size === size) return file;
    await file.handle.close();
    throw new AgentError(
      "PAYLOAD_LENGTH",
      `${file.path} has ${file.size} bytes and not the signed ${size}.`,
      {
        facts: { path: file.path, found: file.size, size }
      }
    );
  }
  async #open(name2) {
    const path = join(this.#folder, requirePayloadName(name2));
    const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch((cause) => {
      throw unreadable(path, "could not be opened", cause);
    });
    const stat2 = await handle.stat();
    if (stat2.isFile()) return { path, handle, size: stat2.size };
    await handle.close();
    throw unreadable(path, "is not a regular file", void 0);
  }
};
async function fill(file, target, offset) {
  for (let filled = 0; filled < target.length; ) {
    const { bytesRead } = await file.handle.read(target, filled, target.length - filled, offset + filled).catch((cause) => {
      throw unreadable(file.path, "could not be read", cause);
    });
    if (bytesRead === 0) {
      throw new AgentError("SHORT_BODY", `${file.path} ends at byte ${offset + filled}.`, {
        facts: { path: file.path, received: offset + filled }
      });
    }
    filled += bytesRead;
  }
}
function unreadable(path, why, cause) {
  return new AgentError("SOURCE_UNREADABLE", `${path} ${why}; check that the medium is in place.`, {
    facts: { path },
    cause
  });
}

// agent/adapters/lock.ts
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join as join2 } from "node:path";

// agent/adapters/exclusive-file.ts
import Database from "better-sqlite3";
function holdExclusively(path) {
  const db = new Database(path, { timeout: 0 });
  try {
    db.exec("BEGIN EXCLUSIVE");
  } catch (error) {
    db.close();
    if (error instanceof Database.SqliteError && error.code.startsWith("SQLITE_BUSY")) return void 0;
    throw error;
  }
  return { release: () => db.close() };
}

// agent/adapters/lock.ts
var lockFile = (name2) => `${name2}.lock`;
var holderFile = (name2) => `${name2}.holder`;
function acquireLock(runFolder, verb, name2 = "walker") {
  const held = hold(runFolder, name2);
  if (held === void 0) {
    const holder = lockHolder(runFolder, name2);
    const who = holder === void 0 ? "another process" : `process ${holder.pid} (donabe ${holder.verb})`;
    throw new AgentError(
      "LOCKED",
      `The lock in ${runFolder} is held by ${who}; wait for it or ask it to end.`,
      {
        facts: { pid: holder?.pid, verb: holder?.verb, runFolder }
      }
    );
  }
  try {
    nameHolder(runFolder, verb, name2);
  } catch (cause) {
    held.release();
    throw lockFailed(runFolder, cause);
  }
  return {
    release: () => {
      rmSync(join2(runFolder, holderFile(name2)), { force: true });
      held.release();
    }
  };
}
function lockHolder(runFolder, name2 = "walker") {
  let line;
  try {
    line = readFileSync(join2(runFolder, holderFile(name2)), "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return void 0;
    throw lockFailed(runFolder, error);
  }
  const [, pid, verb] = /^([0-9]{1,10}) ([ -~]{1,64})\n$/.exec(line) ?? [];
  return pid === void 0 || verb === void 0 ? void 0 : { pid: Number(pid), verb };
}
function hold(runFolder, name2) {
  try {
    mkdirSync(runFolder, { recursive: true });
    return holdExclusively(join2(runFolder, lockFile(name2)));
  } catch (cause) {
    throw lockFailed(runFolder, cause);
  }
}
function nameHolder(runFolder, verb, name2) {
  const fresh = join2(runFolder, `${holderFile(name2)}.new`);
  writeFileSync(fresh, `${process.pid} ${verb}
`);
  renameSync(fresh, join2(runFolder, holderFile(name2)));
}
function lockFailed(runFolder, cause) {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new AgentError("LOCK_FAILED", `The lock in ${runFolder} cannot be used: ${why}.`, {
    facts: { runFolder },
    cause
  });
}

// agent/adapters/open-store.ts
import { closeSync, fsyncSync, openSync, readdirSync, renameSync as renameSync2, rmSync as rmSync2 } from "node:fs";
import { basename, dirname, join as join3 } from "node:path";
import Database2 from "better-sqlite3";

// agent/adapters/sqlite-schema.ts
var BUSY_TIMEOUT_MS = 5e3;
var WAL_CHECKPOINT_PAGES = 256;
var WAL_KEEP_BYTES = 1048576;
var COLUMNS = {
  meta: "name, value",
  deployment: "id, identity, version, sequence, slot, source, envelope, forced, state, finalised_boot, opened_at, fetched, reused, written, verified, fruitless_tries",
  checkpoint: "deployment, slot_class, index_digest, chunks",
  pin: "deployment, name, size, etag",
  history: "id, identity, version, slot, outcome, code, reason, opened_at, closed_at, rollback_ms, fetched, reused, written, verified",
  failure: "identity, version, install_attempts, failed_trials, silent_trials",
  chunk_index: "digest, bytes",
  fact: "name, value",
  request: "id, verb, argument, answer"
};
var SCHEMA_STEPS = [
  {
    minimumReader: 1,
    sql: `
      CREATE TABLE meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT;
      CREATE TABLE deployment (
        id TEXT PRIMARY KEY,
        only_one INTEGER NOT NULL DEFAULT 1 UNIQUE CHECK (only_one = 1),
        identity TEXT NOT NULL,
        version TEXT NOT NULL,
        sequence INTEGER NOT NULL,
        slot TEXT NOT NULL CHECK (slot IN ('a', 'b')),
        source TEXT NOT NULL,
        envelope BLOB NOT NULL,
        forced INTEGER NOT NULL CHECK (forced IN (0, 1)),
        state TEXT NOT NULL CHECK (state IN ('fetching', 'finalised', 'activated')),
        finalised_boot TEXT,
        opened_at INTEGER NOT NULL,
        fetched INTEGER NOT NULL DEFAULT 0,
        reused INTEGER NOT NULL DEFAULT 0,
        written INTEGER NOT NULL DEFAULT 0,
        verified INTEGER NOT NULL DEFAULT 0,
        fruitless_tries INTEGER NOT NULL DEFAULT 0
      ) STRICT;
      CREATE TABLE checkpoint (
        deployment TEXT NOT NULL REFERENCES deployment (id) ON DELETE CASCADE,
        slot_class TEXT NOT NULL,
        index_digest TEXT NOT NULL,
        chunks INTEGER NOT NULL CHECK (chunks >= 0),
        PRIMARY KEY (deployment, slot_class)
      ) STRICT;
      CREATE TABLE pin (
        deployment TEXT NOT NULL REFERENCES deployment (id) ON DELETE CASCADE,
        name TEXT NOT NULL,
        size INTEGER NOT NULL,
        etag TEXT,
        PRIMARY KEY (deployment, name)
      ) STRICT;
      CREATE TABLE history (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL,
        identity TEXT NOT NULL,
        version TEXT NOT NULL,
        slot TEXT NOT NULL CHECK (slot IN ('a', 'b')),
        outcome TEXT NOT NULL,
        code TEXT NOT NULL,
        reason TEXT NOT NULL,
        opened_at INTEGER NOT NULL,
        closed_at INTEGER NOT NULL,
        rollback_ms INTEGER,
        fetched INTEGER NOT NULL,
        reused INTEGER NOT NULL,
        written INTEGER NOT NULL,
        verified INTEGER NOT NULL
      ) STRICT;
      CREATE TABLE failure (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        identity TEXT NOT NULL UNIQUE,
        version TEXT NOT NULL,
        install_attempts INTEGER NOT NULL,
        failed_trials INTEGER NOT NULL,
        silent_trials INTEGER NOT NULL
      ) STRICT;
      CREATE TABLE chunk_index (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        digest TEXT NOT NULL UNIQUE,
        bytes BLOB NOT NULL
      ) STRICT;
      CREATE TABLE fact (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
      CREATE TABLE request (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        verb TEXT NOT NULL,
        argument TEXT NOT NULL,
        answer TEXT
      ) STRICT;`
  }
];
function configureWriter(db) {
  const mode = db.pragma("journal_mode = WAL", { simple: true });
  if (mode !== "wal" && !db.memory) {
    throw new AgentError("STORE_UNWRITABLE", `${db.name} cannot use a write-ahead log (mode is ${mode}).`, {
      facts: { path: db.name, mode: String(mode) }
    });
  }
  db.pragma("synchronous = FULL");
  db.pragma("foreign_keys = ON");
  db.pragma(`wal_autocheckpoint = ${WAL_CHECKPOINT_PAGES}`);
  db.pragma(`journal_size_limit = ${WAL_KEEP_BYTES}`);
}
function pageDamage(db) {
  const answer = db.pragma("quick_check(1)", { simple: true });
  return answer === "ok" ? void 0 : `quick_check says: ${String(answer)}`;
}
function shapeDamage(db, ours = SCHEMA_STEPS.length) {
  if (isEmpty(db)) return void 0;
  const schema = metaNumber(db, "schema");
  if (schema === void 0) return "no schema number";
  if (schema < ours) return void 0;
  for (const [table, columns] of Object.entries(COLUMNS)) {
    try {
      db.prepare(`SELECT ${columns} FROM ${table} LIMIT 0`);
    } catch (error) {
      return `table ${table}: ${error instanceof Error ? error.message : String(error)}`;
    }
  }
  return void 0;
}
function prepareSchema(db, mayMigrate, steps = SCHEMA_STEPS) {
  refuseTooNew(db, steps.length);
  const found = metaNumber(db, "schema") ?? 0;
  if (found >= steps.length) return;
  if (found > 0 && !mayMigrate) return;
  db.transaction(() => {
    for (const step of steps.slice(found)) db.exec(step.sql);
    const setMeta = db.prepare("INSERT OR REPLACE INTO meta (name, value) VALUES (?, ?)");
    setMeta.run("schema", steps.length);
    setMeta.run("minimum_reader", Math.max(...steps.map((step) => step.minimumReader)));
  }).immediate();
}
function refuseTooNew(db, ours = SCHEMA_STEPS.length) {
  const needed = metaNumber(db, "minimum_reader") ?? 0;
  if (needed <= ours) return;
  throw new AgentError(
    "STORE_UNREADABLE",
    `${db.name} was written by a newer agent and needs a reader of schema ${needed}; this agent has ${ours}.`,
    { facts: { path: db.name, minimumReader: needed, schema: ours } }
  );
}
function isEmpty(db) {
  return db.prepare("SELECT count(*) FROM sqlite_schema").pluck().get() === 0;
}
function metaNumber(db, name2) {
  const sql = "SELECT count(*) FROM pragma_table_info('meta') WHERE name IN ('name', 'value')";
  if (db.prepare(sql).pluck().get() !== 2) return void 0;
  return db.prepare("SELECT value FROM meta WHERE name = ?").pluck().get(name2);
}

// agent/adapters/sqlite-store-reader.ts
import { createHash as createHash2 } from "node:crypto";

// agent/adapters/sqlite-rows.ts
function countsOf({ fetched, reused, written, verified }) {
  return { fetched, reused, written, verified };
}
function deploymentOf(row) {
  const { finalised_boot, opened_at, fruitless_tries, fetched, reused, written, verified, ...same2 } = row;
  return {
    ...same2,
    forced: row.forced === 1,
    finalisedBoot: finalised_boot ?? void 0,
    openedAt: opened_at,
    bytes: { fetched, reused, written, verified },
    fruitlessTries: fruitless_tries
  };
}
function closedDeploymentOf(row) {
  return {
    id: row.id,
    identity: row.identity,
    version: row.version,
    slot: row.slot,
    outcome: row.outcome,
    code: row.code,
    reason: row.reason,
    openedAt: row.opened_at,
    closedAt: row.closed_at,
    rollbackMs: row.rollback_ms ?? void 0,
    bytes: countsOf(row)
  };
}
function failureCountsOf(row) {
  return {
    identity: row.identity,
    version: row.version,
    installAttempts: row.install_attempts,
    failedTrials: row.failed_trials,
    silentTrials: row.silent_trials
  };
}
function walkRequestOf(row) {
  return { id: row.id, verb: row.verb, argument: row.argument, answer: row.answer ?? void 0 };
}

// agent/adapters/sqlite-store-reader.ts
var SqliteStoreReader = class {
  db;
  #statements = /* @__PURE__ */ new Map();
  constructor(db) {
    this.db = db;
  }
  deployment() {
    const row = this.rows(`SELECT ${COLUMNS.deployment} FROM deployment`)[0];
    return row === void 0 ? void 0 : deploymentOf(row);
  }
  /** Newest first. */
  history(limit) {
    const sql = `SELECT ${COLUMNS.history} FROM history ORDER BY number DESC LIMIT ?`;
    return this.rows(sql, limit).map(closedDeploymentOf);
  }
  checkpoints(id) {
    return this.rows(
      `SELECT slot_class AS slotClass, index_digest AS indexDigest, chunks
         FROM checkpoint WHERE deployment = ? ORDER BY slot_class`,
      id
    );
  }
  bytesSpent(identity) {
    const row = this.rows(
      `SELECT coalesce(sum(fetched), 0) AS bytes FROM
         (SELECT identity, fetched FROM deployment UNION ALL SELECT identity, fetched FROM history)
         WHERE identity = ?`,
      identity
    )[0];
    return row?.bytes ?? 0;
  }
  pin(id, name2) {
    const row = this.rows(
      "SELECT size, etag FROM pin WHERE deployment = ? AND name = ?",
      id,
      name2
    )[0];
    return row === void 0 ? void 0 : { size: row.size, etag: row.etag ?? void 0 };
  }
  failures(identity) {
    const row = this.rows(
      `SELECT ${COLUMNS.failure} FROM failure WHERE identity = ?`,
      identity
    )[0];
    return row === void 0 ? void 0 : failureCountsOf(row);
  }
  /** Newest last, as in the vault. */
  allFailures() {
    return this.rows(`SELECT ${COLUMNS.failure} FROM failure ORDER BY number`).map(
      failureCountsOf
    );
  }
  /** Undefined also when the kept bytes no longer hash to their digest: it is a cache. */
  index(digest) {
    const row = this.rows("SELECT bytes FROM chunk_index WHERE digest = ?", digest)[0];
    if (row === void 0) return void 0;
    return createHash2("sha256").update(row.bytes).digest("hex") === digest ? row.bytes : void 0;
  }
  fact(name2) {
    return this.rows("SELECT value FROM fact WHERE name = ?", name2)[0]?.value;
  }
  /** Those that nobody answered yet, oldest first. */
  requests() {
    const sql = `SELECT ${COLUMNS.request} FROM request WHERE answer IS NULL ORDER BY id`;
    return this.rows(sql).map(walkRequestOf);
  }
  request(id) {
    const row = this.rows(`SELECT ${COLUMNS.request} FROM request WHERE id = ?`, id)[0];
    return row === void 0 ? void 0 : walkRequestOf(row);
  }
  dispose() {
    this.db.close();
  }
  rows(sql, ...values) {
    try {
      return this.statement(sql).all(...values);
    } catch (cause) {
      throw new AgentError("STORE_UNREADABLE", `${this.db.name} could not be read.`, {
        facts: { path: this.db.name },
        cause
      });
    }
  }
  /** Compiled once: a checkpoint is made every 2 s for as long as a download lasts. */
  statement(sql) {
    const known = this.#statements.get(sql);
    if (known !== void 0) return known;
    const fresh = this.db.prepare(sql);
    this.#statements.set(sql, fresh);
    return fresh;
  }
};

// agent/adapters/sqlite-store.ts
var KEPT_ROWS = {
  /** About a year of fortnightly releases with all their troubles. */
  history: 100,
  /** Twice what the vault remembers. */
  failure: 64,
  /** Two slots of two classes, the release on its way, and as many again. */
  chunk_index: 8,
  request: 100
};
var SqliteStore = class extends SqliteStoreReader {
  open(deployment) {
    this.#transact("open a deployment", () => {
      this.#run(
        `INSERT INTO deployment
           (id, identity, version, sequence, slot, source, envelope, forced, state, opened_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'fetching', ?)`,
        deployment.id,
        deployment.identity,
        deployment.version,
        deployment.sequence,
        deployment.slot,
        deployment.source,
        deployment.envelope,
        deployment.forced ? 1 : 0,
        deployment.openedAt
      );
    });
    return {
      ...deployment,
      state: "fetching",
      finalisedBoot: void 0,
      bytes: { fetched: 0, reused: 0, written: 0, verified: 0 },
      fruitlessTries: 0
    };
  }
  setState(id, state, finalisedBoot) {
    this.#transact("set the state of a deployment", () => {
      this.#change(
        "UPDATE deployment SET state = ?, finalised_boot = ? WHERE id = ?",
        state,
        finalisedBoot ?? null,
        id
      );
    });
  }
  setEnvelope(id, envelope) {
    this.#transact("renew an envelope", () => {
      this.#change("UPDATE deployment SET envelope = ? WHERE id = ?", envelope, id);
    });
  }
  close(id, outcome, ending) {
    this.#transact("close a deployment", () => {
      if (ending.bytes !== void 0) this.#setBytes(id, ending.bytes);
      this.#change(
        `INSERT INTO history (${COLUMNS.history})
           SELECT id, identity, version, slot, ?, ?, ?, opened_at, ?, ?, fetched, reused, written, verified
             FROM deployment WHERE id = ?`,
        outcome,
        ending.code,
        ending.reason,
        ending.at,
        ending.rollbackMs ?? null,
        id
      );
      this.#change("DELETE FROM deployment WHERE id = ?", id);
      this.#trim("history");
    });
  }
  checkpoint(id, progress, bytes) {
    this.#transact("write a checkpoint", () => {
      this.#setBytes(id, bytes);
      for (const point of progress) {
        this.#run(
          `INSERT OR REPLACE INTO checkpoint (${COLUMNS.checkpoint}) VALUES (?, ?, ?, ?)`,
          id,
          point.slotClass,
          point.indexDigest,
          point.chunks
        );
      }
    });
  }
  setFruitlessTries(id, tries) {
    this.#transact("count fruitless tries", () => {
      this.#change("UPDATE deployment SET fruitless_tries = ? WHERE id = ?", tries, id);
    });
  }
  setPin(id, name2, pin) {
    this.#transact("pin a payload", () => {
      this.#run(
        `INSERT OR REPLACE INTO pin (${COLUMNS.pin}) VALUES (?, ?, ?, ?)`,
        id,
        name2,
        pin.size,
        pin.etag ?? null
      );
    });
  }
  setFailures(counts) {
    this.#transact("count a failure", () => {
      this.#run(
        `INSERT OR REPLACE INTO failure (${COLUMNS.failure}) VALUES (?, ?, ?, ?, ?)`,
        counts.identity,
        counts.version,
        counts.installAttempts,
        counts.failedTrials,
        counts.silentTrials
      );
      this.#trim("failure");
    });
  }
  clearFailures(identity) {
    this.#transact("forget failures", () => {
      this.#run("DELETE FROM failure WHERE identity = ?", identity);
    });
  }
  keepIndex(digest, bytes) {
    this.#transact("keep a chunk index", () => {
      this.#run(`INSERT OR REPLACE INTO chunk_index (${COLUMNS.chunk_index}) VALUES (?, ?)`, digest, bytes);
      this.#trim("chunk_index");
    });
  }
  setFact(name2, value) {
    this.#transact(`set the fact ${name2}`, () => {
      this.#run(`INSERT OR REPLACE INTO fact (${COLUMNS.fact}) VALUES (?, ?)`, name2, value);
    });
  }
  addRequest(verb, argument) {
    return this.#transact("leave a request", () => {
      const added = this.#run("INSERT INTO request (verb, argument) VALUES (?, ?)", verb, argument);
      this.#trim("request");
      return Number(added.lastInsertRowid);
    });
  }
  /** A request that fell out of the kept rows is answered to nobody, without an error. */
  answerRequest(id, answer) {
    this.#transact("answer a request", () => {
      this.#run("UPDATE request SET answer = ? WHERE id = ?", answer, id);
    });
  }
  #setBytes(id, bytes) {
    this.#change(
      "UPDATE deployment SET fetched = ?, reused = ?, written = ?, verified = ? WHERE id = ?",
      bytes.fetched,
      bytes.reused,
      bytes.written,
      bytes.verified,
      id
    );
  }
  #trim(table) {
    const key = table === "request" ? "id" : "number";
    this.#run(
      `DELETE FROM ${table} WHERE ${key} NOT IN (SELECT ${key} FROM ${table} ORDER BY ${key} DESC LIMIT ?)`,
      KEPT_ROWS[table]
    );
  }
  #run(sql, ...values) {
    return this.statement(sql).run(...values);
  }
  /** Like `#run` for one row that must be there: losing a write to a wrong id silently would break rule 4. */
  #change(sql, ...values) {
    if (this.#run(sql, ...values).changes !== 1) throw new RangeError("no such open deployment");
  }
  #transact(what, body) {
    try {
      return this.db.transaction(body).immediate();
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new AgentError("STORE_UNWRITABLE", `${this.db.name} could not ${what}: ${why}.`, {
        facts: { path: this.db.name },
        cause
      });
    }
  }
};

// agent/adapters/open-store.ts
var KEPT_CORRUPT_FILES = 2;
var COMPANIONS = ["-wal", "-shm"];
var DAMAGE_CODES = ["SQLITE_CORRUPT", "SQLITE_NOTADB", "SQLITE_IOERR_SHORT_READ"];
function openStore(path, options) {
  const first = openOnce(path, options.mayMigrate);
  if (first.kind === "open") return { store: first.store, setAside: void 0 };
  if (options.maySetAside === false) throw unreadable2(path, first.reason);
  const kept = setAside(path);
  const second = openOnce(path, options.mayMigrate);
  if (second.kind === "damaged") throw unreadable2(path, second.reason);
  return { store: second.store, setAside: { path: kept, reason: first.reason } };
}
function openStoreReadOnly(path) {
  let db;
  try {
    db = new Database2(path, { readonly: true, fileMustExist: true, timeout: BUSY_TIMEOUT_MS });
    refuseTooNew(db);
    const damage = shapeDamage(db);
    if (damage !== void 0) throw unreadable2(path, damage);
    return new SqliteStoreReader(db);
  } catch (cause) {
    db?.close();
    if (cause instanceof AgentError) throw cause;
    throw unreadable2(path, reasonOf(cause), cause);
  }
}
function openOnce(path, mayMigrate) {
  let db;
  try {
    db = new Database2(path, { timeout: BUSY_TIMEOUT_MS });
    configureWriter(db);
    const damaged = pageDamage(db);
    if (damaged === void 0) refuseTooNew(db);
    const reason = damaged ?? shapeDamage(db);
    if (reason !== void 0) {
      db.close();
      return { kind: "damaged", reason };
    }
    prepareSchema(db, mayMigrate);
    db.exec("UPDATE meta SET value = value");
    if (!db.memory) syncFolder(path);
    return { kind: "open", store: new SqliteStore(db) };
  } catch (cause) {
    db?.close();
    if (cause instanceof AgentError) throw cause;
    if (isDamage(cause)) return { kind: "damaged", reason: reasonOf(cause) };
    throw new AgentError("STORE_UNWRITABLE", `${path} could not be opened for writing: ${reasonOf(cause)}.`, {
      facts: { path },
      cause
    });
  }
}
function setAside(path) {
  const folder = dirname(path);
  const prefix = `${basename(path)}.corrupt-`;
  try {
    const numbers = corruptNumbers(readdirSync(folder), prefix);
    const number2 = (numbers.at(-1) ?? 0) + 1;
    const kept = join3(folder, `${prefix}${number2}`);
    renameSync2(path, kept);
    for (const companion of COMPANIONS) renameIfThere(`${path}${companion}`, `${kept}${companion}`);
    for (const old of [...numbers, number2].slice(0, -KEPT_CORRUPT_FILES)) {
      for (const suffix of ["", ...COMPANIONS])
        rmSync2(join3(folder, `${prefix}${old}${suffix}`), { force: true });
    }
    syncFolder(path);
    return kept;
  } catch (cause) {
    throw new AgentError(
      "STORE_UNWRITABLE",
      `${path} is damaged and could not be set aside: ${reasonOf(cause)}.`,
      {
        facts: { path },
        cause
      }
    );
  }
}
function corruptNumbers(names, prefix) {
  return names.filter((name2) => name2.startsWith(prefix)).map((name2) => name2.slice(prefix.length)).filter((rest) => /^[0-9]{1,9}$/.test(rest)).map(Number).sort((left, right) => left - right);
}
function renameIfThere(from, to) {
  try {
    renameSync2(from, to);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
  }
}
function syncFolder(path) {
  const folder = openSync(dirname(path), "r");
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
function isDamage(error) {
  return error instanceof Database2.SqliteError && DAMAGE_CODES.some((code) => error.code.startsWith(code));
}
function reasonOf(error) {
  return error instanceof Error ? error.message : String(error);
}
function unreadable2(path, reason, cause) {
  return new AgentError("STORE_UNREADABLE", `${path} is not a store that this agent can read: ${reason}.`, {
    facts: { path },
    cause
  });
}

// agent/adapters/serial-mcu.ts
var CODES = {
  MCU_SILENT: "MCU_SILENT",
  MCU_REFUSED: "MCU_REFUSED"
};
function configuredMcuLine(values) {
  if (values["mcu.port"] === "") return void 0;
  return {
    path: values["mcu.port"],
    baudRate: values["mcu.baud-rate"],
    parity: values["mcu.parity"],
    format: {
      crc: values["mcu.crc"],
      byteOrder: values["mcu.byte-order"],
      maxPayload: values["mcu.max-payload"]
    }
  };
}
var SerialMcu = class {
  #line;
  #link;
  constructor(line) {
    this.#line = line;
  }
  handshake(signal) {
    return this.#ask(async (link) => {
      await link.ping(signal);
      const version2 = await link.version(signal);
      return { version: version2, status: await link.status(signal) };
    });
  }
  status(signal) {
    return this.#ask((link) => link.status(signal));
  }
  mayReboot(signal) {
    return this.#ask(async (link) => {
      const { allowed, reason } = await link.mayReboot(signal);
      return { allowed, reason };
    });
  }
  prepareReboot(signal) {
    return this.#ask((link) => link.prepareReboot(signal));
  }
  async close() {
    const link = this.#link;
    this.#link = void 0;
    await link?.close();
  }
  async #ask(question) {
    try {
      const { path, baudRate, parity, format } = this.#line;
      this.#link ??= new McuLink(await openSerialPort(path, { baudRate, parity }), { format });
      return await question(this.#link);
    } catch (error) {
      if (!(error instanceof LinkError)) throw error;
      if (error.code !== "MCU_REFUSED") await this.close();
      throw new AgentError(CODES[error.code] ?? "MCU_FAILED", error.message, {
        cause: error,
        facts: { linkCode: error.code, port: this.#line.path }
      });
    }
  }
};

// agent/adapters/run-file.ts
import { renameSync as renameSync3, writeFileSync as writeFileSync2 } from "node:fs";
import { join as join4 } from "node:path";
var RunFile = class {
  #path;
  #reporter;
  #failed = false;
  constructor(runFolder, name2, reporter) {
    this.#path = join4(runFolder, name2);
    this.#reporter = reporter;
  }
  /** A failure is said once, until a write succeeds again. */
  write(text2) {
    try {
      writeFileSync2(`${this.#path}.new`, text2);
      renameSync3(`${this.#path}.new`, this.#path);
      this.#failed = false;
    } catch (error) {
      if (!(error instanceof Error && "code" in error)) throw error;
      if (!this.#failed) this.#reporter.happened("run-file-unwritable", error.message, { code: error.code });
      this.#failed = true;
    }
  }
};

// agent/adapters/status-file.ts
var STATUS_FILE = "status.json";
var QUIET_MS = 250;
function keepStatusFile(runFolder, reporter, monotonic) {
  const file = new RunFile(runFolder, STATUS_FILE, reporter);
  let lastPhase = "";
  let lastWrite = Number.NEGATIVE_INFINITY;
  reporter.on("progressed", (event) => {
    const key = `${event.phase} ${event.status} ${event.reason ?? ""}`;
    if (key === lastPhase && monotonic() - lastWrite < QUIET_MS) return;
    lastPhase = key;
    lastWrite = monotonic();
    file.write(`${JSON.stringify(event)}
`);
  });
}

// agent/adapters/vault.ts
import { constants as constants2 } from "node:fs";
import { open as open2 } from "node:fs/promises";

// agent/model/vault-record.ts
import { createHash as createHash3, createHmac, timingSafeEqual } from "node:crypto";

// ../../main/node_modules/valibot/dist/index.mjs
var store$4;
var DEFAULT_CONFIG = {
  lang: void 0,
  message: void 0,
  abortEarly: void 0,
  abortPipeEarly: void 0
};
// @__NO_SIDE_EFFECTS__
function getGlobalConfig(config$1) {
  if (!config$1 && !store$4) return DEFAULT_CONFIG;
  return {
    lang: config$1?.lang ?? store$4?.lang,
    message: config$1?.message,
    abortEarly: config$1?.abortEarly ?? store$4?.abortEarly,
    abortPipeEarly: config$1?.abortPipeEarly ?? store$4?.abortPipeEarly
  };
}
var store$3;
// @__NO_SIDE_EFFECTS__
function getGlobalMessage(lang) {
  return store$3?.get(lang);
}
var store$2;
// @__NO_SIDE_EFFECTS__
function getSchemaMessage(lang) {
  return store$2?.get(lang);
}
var store$1;
// @__NO_SIDE_EFFECTS__
function getSpecificMessage(reference, lang) {
  return store$1?.get(reference)?.get(lang);
}
// @__NO_SIDE_EFFECTS__
function _stringify(input) {
  const type = typeof input;
  if (type === "string") return `"${input}"`;
  if (type === "number" || type === "bigint" || type === "boolean") return `${input}`;
  if (type === "object" || type === "function") return (input && Object.getPrototypeOf(input)?.constructor?.name) ?? "null";
  return type;
}
function _addIssue(context, label, dataset, config$1, other) {
  const input = other && "input" in other ? other.input : dataset.value;
  const expected = other?.expected ?? context.expects ?? null;
  const received = other?.received ?? /* @__PURE__ */ _stringify(input);
  const issue = {
    kind: context.kind,
    type: context.type,
    input,
    expected,
    received,
    message: `Invalid ${label}: ${expected ? `Expected ${expected} but r` : "R"}eceived ${received}`,
    requirement: context.requirement,
    path: other?.path,
    issues: other?.issues,
    lang: config$1.lang,
    abortEarly: config$1.abortEarly,
    abortPipeEarly: config$1.abortPipeEarly
  };
  const isSchema = context.kind === "schema";
  const message$1 = other?.message ?? context.message ?? /* @__PURE__ */ getSpecificMessage(context.reference, issue.lang) ?? (isSchema ? /* @__PURE__ */ getSchemaMessage(issue.lang) : null) ?? config$1.message ?? /* @__PURE__ */ getGlobalMessage(issue.lang);
  if (message$1 !== void 0) issue.message = typeof message$1 === "function" ? message$1(issue) : message$1;
  if (isSchema) dataset.typed = false;
  if (dataset.issues) dataset.issues.push(issue);
  else dataset.issues = [issue];
}
// @__NO_SIDE_EFFECTS__
function _isSameValueZero(value1, value2) {
  return value1 === value2 || Number.isNaN(value1) && Number.isNaN(value2);
}
// @__NO_SIDE_EFFECTS__
function _isValidObjectKey(object$1, key) {
  return Object.prototype.hasOwnProperty.call(object$1, key) && key !== "__proto__" && key !== "prototype" && key !== "constructor";
}
// @__NO_SIDE_EFFECTS__
function _joinExpects(values$1, separator) {
  const list = [...new Set(values$1)];
  if (list.length > 1) return `(${list.join(` ${separator} `)})`;
  return list[0] ?? "never";
}
function _standardSchema(schema) {
  schema["~standard"] = {
    version: 1,
    vendor: "valibot",
    validate: (value$1) => schema["~run"]({ value: value$1 }, /* @__PURE__ */ getGlobalConfig())
  };
  return schema;
}
// @__NO_SIDE_EFFECTS__
function getDotPath(issue) {
  if (issue.path) {
    let key = "";
    for (const item of issue.path) if (typeof item.key === "string" || typeof item.key === "number") if (key) key += `.${item.key}`;
    else key += item.key;
    else return null;
    return key;
  }
  return null;
}
var EMOJI_REGEX = new RegExp("^(?:[\\u{1F1E6}-\\u{1F1FF}]{2}|\\u{1F3F4}[\\u{E0061}-\\u{E007A}]{2}[\\u{E0030}-\\u{E0039}\\u{E0061}-\\u{E007A}]{1,3}\\u{E007F}|(?:\\p{Emoji}\\uFE0F\\u20E3?|\\p{Emoji_Modifier_Base}\\p{Emoji_Modifier}?|(?![\\p{Emoji_Modifier_Base}\\u{1F1E6}-\\u{1F1FF}])\\p{Emoji_Presentation})(?:\\u200D(?:\\p{Emoji}\\uFE0F\\u20E3?|\\p{Emoji_Modifier_Base}\\p{Emoji_Modifier}?|(?![\\p{Emoji_Modifier_Base}\\u{1F1E6}-\\u{1F1FF}])\\p{Emoji_Presentation}))*)+$", "u");
// @__NO_SIDE_EFFECTS__
function check(requirement, message$1) {
  return {
    kind: "validation",
    type: "check",
    reference: check,
    async: false,
    expects: null,
    requirement,
    message: message$1,
    "~run"(dataset, config$1) {
      if (dataset.typed && !this.requirement(dataset.value)) _addIssue(this, "input", dataset, config$1);
      return dataset;
    }
  };
}
// @__NO_SIDE_EFFECTS__
function maxLength(requirement, message$1) {
  return {
    kind: "validation",
    type: "max_length",
    reference: maxLength,
    async: false,
    expects: `<=${requirement}`,
    requirement,
    message: message$1,
    "~run"(dataset, config$1) {
      if (dataset.typed && dataset.value.length > this.requirement) _addIssue(this, "length", dataset, config$1, { received: `${dataset.value.length}` });
      return dataset;
    }
  };
}
// @__NO_SIDE_EFFECTS__
function maxValue(requirement, message$1) {
  return {
    kind: "validation",
    type: "max_value",
    reference: maxValue,
    async: false,
    expects: `<=${requirement instanceof Date ? requirement.toJSON() : /* @__PURE__ */ _stringify(requirement)}`,
    requirement,
    message: message$1,
    "~run"(dataset, config$1) {
      if (dataset.typed && !(dataset.value <= this.requirement)) _addIssue(this, "value", dataset, config$1, { received: dataset.value instanceof Date ? dataset.value.toJSON() : /* @__PURE__ */ _stringify(dataset.value) });
      return dataset;
    }
  };
}
// @__NO_SIDE_EFFECTS__
function minLength(requirement, message$1) {
  return {
    kind: "validation",
    type: "min_length",
    reference: minLength,
    async: false,
    expects: `>=${requirement}`,
    requirement,
    message: message$1,
    "~run"(dataset, config$1) {
      if (dataset.typed && dataset.value.length < this.requirement) _addIssue(this, "length", dataset, config$1, { received: `${dataset.value.length}` });
      return dataset;
    }
  };
}
// @__NO_SIDE_EFFECTS__
function minValue(requirement, message$1) {
  return {
    kind: "validation",
    type: "min_value",
    reference: minValue,
    async: false,
    expects: `>=${requirement instanceof Date ? requirement.toJSON() : /* @__PURE__ */ _stringify(requirement)}`,
    requirement,
    message: message$1,
    "~run"(dataset, config$1) {
      if (dataset.typed && !(dataset.value >= this.requirement)) _addIssue(this, "value", dataset, config$1, { received: dataset.value instanceof Date ? dataset.value.toJSON() : /* @__PURE__ */ _stringify(dataset.value) });
      return dataset;
    }
  };
}
// @__NO_SIDE_EFFECTS__
function regex(requirement, message$1) {
  return {
    kind: "validation",
    type: "regex",
    reference: regex,
    async: false,
    expects: `${requirement}`,
    requirement,
    message: message$1,
    "~run"(dataset, config$1) {
      if (dataset.typed && !this.requirement.test(dataset.value)) _addIssue(this, "format", dataset, config$1);
      return dataset;
    }
  };
}
// @__NO_SIDE_EFFECTS__
function safeInteger(message$1) {
  return {
    kind: "validation",
    type: "safe_integer",
    reference: safeInteger,
    async: false,
    expects: null,
    requirement: Number.isSafeInteger,
    message: message$1,
    "~run"(dataset, config$1) {
      if (dataset.typed && !this.requirement(dataset.value)) _addIssue(this, "safe integer", dataset, config$1);
      return dataset;
    }
  };
}
// @__NO_SIDE_EFFECTS__
function getFallback(schema, dataset, config$1) {
  return typeof schema.fallback === "function" ? schema.fallback(dataset, config$1) : schema.fallback;
}
// @__NO_SIDE_EFFECTS__
function getDefault(schema, dataset, config$1) {
  return typeof schema.default === "function" ? schema.default(dataset, config$1) : schema.default;
}
// @__NO_SIDE_EFFECTS__
function array(item, message$1) {
  return _standardSchema({
    kind: "schema",
    type: "array",
    reference: array,
    expects: "Array",
    async: false,
    item,
    message: message$1,
    "~run"(dataset, config$1) {
      const input = dataset.value;
      if (Array.isArray(input)) {
        dataset.typed = true;
        dataset.value = [];
        for (let key = 0; key < input.length; key++) {
          const value$1 = input[key];
          const itemDataset = this.item["~run"]({ value: value$1 }, config$1);
          if (itemDataset.issues) {
            const pathItem = {
              type: "array",
              origin: "value",
              input,
              key,
              value: value$1
            };
            for (const issue of itemDataset.issues) {
              if (issue.path) issue.path.unshift(pathItem);
              else issue.path = [pathItem];
              dataset.issues?.push(issue);
            }
            if (!dataset.issues) dataset.issues = itemDataset.issues;
            if (config$1.abortEarly) {
              dataset.typed = false;
              break;
            }
          }
          if (!itemDataset.typed) dataset.typed = false;
          dataset.value.push(itemDataset.value);
        }
      } else _addIssue(this, "type", dataset, config$1);
      return dataset;
    }
  });
}
// @__NO_SIDE_EFFECTS__
function boolean(message$1) {
  return _standardSchema({
    kind: "schema",
    type: "boolean",
    reference: boolean,
    expects: "boolean",
    async: false,
    message: message$1,
    "~run"(dataset, config$1) {
      if (typeof dataset.value === "boolean") dataset.typed = true;
      else _addIssue(this, "type", dataset, config$1);
      return dataset;
    }
  });
}
// @__NO_SIDE_EFFECTS__
function exactOptional(wrapped, default_) {
  return _standardSchema({
    kind: "schema",
    type: "exact_optional",
    reference: exactOptional,
    expects: wrapped.expects,
    async: false,
    wrapped,
    default: default_,
    "~run"(dataset, config$1) {
      return this.wrapped["~run"](dataset, config$1);
    }
  });
}
// @__NO_SIDE_EFFECTS__
function literal(literal_, message$1) {
  return _standardSchema({
    kind: "schema",
    type: "literal",
    reference: literal,
    expects: /* @__PURE__ */ _stringify(literal_),
    async: false,
    literal: literal_,
    message: message$1,
    "~run"(dataset, config$1) {
      if (/* @__PURE__ */ _isSameValueZero(dataset.value, this.literal)) dataset.typed = true;
      else _addIssue(this, "type", dataset, config$1);
      return dataset;
    }
  });
}
// @__NO_SIDE_EFFECTS__
function looseObject(entries$1, message$1) {
  return _standardSchema({
    kind: "schema",
    type: "loose_object",
    reference: looseObject,
    expects: "Object",
    async: false,
    entries: entries$1,
    message: message$1,
    "~run"(dataset, config$1) {
      const input = dataset.value;
      if (input && typeof input === "object") {
        dataset.typed = true;
        dataset.value = {};
        for (const key in this.entries) {
          const valueSchema = this.entries[key];
          if (key in input || (valueSchema.type === "exact_optional" || valueSchema.type === "optional" || valueSchema.type === "nullish") && valueSchema.default !== void 0) {
            const value$1 = key in input ? input[key] : /* @__PURE__ */ getDefault(valueSchema);
            const valueDataset = valueSchema["~run"]({ value: value$1 }, config$1);
            if (valueDataset.issues) {
              const pathItem = {
                type: "object",
                origin: "value",
                input,
                key,
                value: value$1
              };
              for (const issue of valueDataset.issues) {
                if (issue.path) issue.path.unshift(pathItem);
                else issue.path = [pathItem];
                dataset.issues?.push(issue);
              }
              if (!dataset.issues) dataset.issues = valueDataset.issues;
              if (config$1.abortEarly) {
                dataset.typed = false;
                break;
              }
            }
            if (!valueDataset.typed) dataset.typed = false;
            dataset.value[key] = valueDataset.value;
          } else if (valueSchema.fallback !== void 0) dataset.value[key] = /* @__PURE__ */ getFallback(valueSchema);
          else if (valueSchema.type !== "exact_optional" && valueSchema.type !== "optional" && valueSchema.type !== "nullish") {
            _addIssue(this, "key", dataset, config$1, {
              input: void 0,
              expected: `"${key}"`,
              path: [{
                type: "object",
                origin: "key",
                input,
                key,
                value: input[key]
              }]
            });
            if (config$1.abortEarly) break;
          }
        }
        if (!dataset.issues || !config$1.abortEarly) {
          for (const key in input) if (/* @__PURE__ */ _isValidObjectKey(input, key) && !Object.prototype.hasOwnProperty.call(this.entries, key)) dataset.value[key] = input[key];
        }
      } else _addIssue(this, "type", dataset, config$1);
      return dataset;
    }
  });
}
// @__NO_SIDE_EFFECTS__
function nullable(wrapped, default_) {
  return _standardSchema({
    kind: "schema",
    type: "nullable",
    reference: nullable,
    expects: `(${wrapped.expects} | null)`,
    async: false,
    wrapped,
    default: default_,
    "~run"(dataset, config$1) {
      if (dataset.value === null) {
        if (this.default !== void 0) dataset.value = /* @__PURE__ */ getDefault(this, dataset, config$1);
        if (dataset.value === null) {
          dataset.typed = true;
          return dataset;
        }
      }
      return this.wrapped["~run"](dataset, config$1);
    }
  });
}
// @__NO_SIDE_EFFECTS__
function number(message$1) {
  return _standardSchema({
    kind: "schema",
    type: "number",
    reference: number,
    expects: "number",
    async: false,
    message: message$1,
    "~run"(dataset, config$1) {
      if (typeof dataset.value === "number" && !isNaN(dataset.value)) dataset.typed = true;
      else _addIssue(this, "type", dataset, config$1);
      return dataset;
    }
  });
}
// @__NO_SIDE_EFFECTS__
function picklist(options, message$1) {
  return _standardSchema({
    kind: "schema",
    type: "picklist",
    reference: picklist,
    expects: /* @__PURE__ */ _joinExpects(options.map(_stringify), "|"),
    async: false,
    options,
    message: message$1,
    "~run"(dataset, config$1) {
      if (this.options.includes(dataset.value)) dataset.typed = true;
      else _addIssue(this, "type", dataset, config$1);
      return dataset;
    }
  });
}
// @__NO_SIDE_EFFECTS__
function string(message$1) {
  return _standardSchema({
    kind: "schema",
    type: "string",
    reference: string,
    expects: "string",
    async: false,
    message: message$1,
    "~run"(dataset, config$1) {
      if (typeof dataset.value === "string") dataset.typed = true;
      else _addIssue(this, "type", dataset, config$1);
      return dataset;
    }
  });
}
// @__NO_SIDE_EFFECTS__
function pipe(...pipe$1) {
  return _standardSchema({
    ...pipe$1[0],
    pipe: pipe$1,
    "~run"(dataset, config$1) {
      for (const item of pipe$1) if (item.kind !== "metadata") {
        if (dataset.issues && (item.kind === "schema" || item.kind === "transformation")) {
          dataset.typed = false;
          break;
        }
        if (!dataset.issues || !config$1.abortEarly && !config$1.abortPipeEarly) dataset = item["~run"](dataset, config$1);
      }
      return dataset;
    }
  });
}
// @__NO_SIDE_EFFECTS__
function safeParse(schema, input, config$1) {
  const dataset = schema["~run"]({ value: input }, /* @__PURE__ */ getGlobalConfig(config$1));
  return {
    typed: dataset.typed,
    success: !dataset.issues,
    output: dataset.value,
    issues: dataset.issues
  };
}

// agent/model/vault-record.ts
var VAULT_COPY_BYTES = 16384;
var MAGIC = new TextEncoder().encode("DNBVAULT");
var FORMAT_VERSION = 1;
var VERSION_AT = 8;
var COUNTER_AT = 10;
var LENGTH_AT = 18;
var BODY_AT = 22;
var DIGEST_BYTES = 32;
var MOST_BODY_BYTES = VAULT_COPY_BYTES - BODY_AT - DIGEST_BYTES;
var MOST_COUNTER = 2n ** 64n - 1n;
var MOST_NAME = 128;
var MOST_VERSION = 256;
var MOST_REASON = 512;
var MOST_IMAGES = 16;
var MOST_FAILURES = 32;
var EMPTY_VAULT = {
  floors: { securityVersion: 0, sequence: 0, time: 0 },
  seals: {},
  trial: void 0,
  agentStarts: { boot: "", count: 0 },
  failures: [],
  markedBad: [],
  recoveredTo: void 0
};
function encodeVaultRecord(record, counter, secret) {
  if (counter < 0n || counter > MOST_COUNTER) throw unwritable(`its counter would be ${counter}`);
  const body = fittingBody(record);
  const copy = new Uint8Array(VAULT_COPY_BYTES);
  const view = new DataView(copy.buffer);
  copy.set(MAGIC);
  view.setUint16(VERSION_AT, FORMAT_VERSION, true);
  view.setBigUint64(COUNTER_AT, counter, true);
  view.setUint32(LENGTH_AT, body.length, true);
  copy.set(body, BODY_AT);
  const end = BODY_AT + body.length;
  copy.set(digestOf(copy.subarray(0, end), secret), end);
  return copy;
}
function decodeVaultRecord(copy, secret) {
  if (copy.length < BODY_AT + DIGEST_BYTES) return bad(`${copy.length} bytes are no vault copy`);
  if (!MAGIC.every((byte, at) => copy[at] === byte)) return bad("no magic");
  const view = new DataView(copy.buffer, copy.byteOffset, copy.byteLength);
  const length = view.getUint32(LENGTH_AT, true);
  const end = BODY_AT + length;
  if (length > MOST_BODY_BYTES || end + DIGEST_BYTES > copy.length) return bad(`body of ${length} bytes`);
  const kept = copy.subarray(end, end + DIGEST_BYTES);
  if (!timingSafeEqual(digestOf(copy.subarray(0, end), secret), kept)) return bad("digest does not match");
  const version2 = view.getUint16(VERSION_AT, true);
  if (version2 !== FORMAT_VERSION) return bad(`format version ${version2}, this agent has ${FORMAT_VERSION}`);
  const record = recordOf(copy.subarray(BODY_AT, end));
  if (record === void 0) return bad("body is no vault record");
  return { ok: true, counter: view.getBigUint64(COUNTER_AT, true), record };
}
var count = pipe(number(), safeInteger(), minValue(0));
var name = pipe(string(), maxLength(MOST_NAME));
var version = pipe(string(), maxLength(MOST_VERSION));
var slot = picklist(["a", "b"]);
var seal = looseObject({
  identity: name,
  version,
  sequence: count,
  securityVersion: count,
  created: count,
  images: pipe(
    array(looseObject({ slotClass: name, size: count, sha256: name })),
    maxLength(MOST_IMAGES)
  )
});
var trial = looseObject({
  slot,
  identity: name,
  version,
  deployment: name,
  boots: count,
  lastBoot: name,
  refills: count,
  mcuSilent: exactOptional(boolean()),
  verdict: nullable(name),
  reason: pipe(string(), maxLength(MOST_REASON)),
  activatedAt: count,
  decidedAt: nullable(count)
});
var failure = looseObject({
  identity: name,
  version,
  installAttempts: count,
  failedTrials: count,
  silentTrials: count
});
var bodySchema = looseObject({
  floors: looseObject({ securityVersion: count, sequence: count, time: count }),
  seals: looseObject({ a: exactOptional(seal), b: exactOptional(seal) }),
  trial: nullable(trial),
  agentStarts: looseObject({ boot: name, count }),
  failures: pipe(array(failure), maxLength(MOST_FAILURES)),
  markedBad: pipe(array(slot), maxLength(2)),
  recoveredTo: nullable(slot)
});
function recordOf(body) {
  const parsed = safeParse(bodySchema, parseJson(body));
  if (!parsed.success) return void 0;
  const { trial: trial2, recoveredTo, ...rest } = parsed.output;
  return {
    ...rest,
    trial: trial2 === null ? void 0 : { ...trial2, verdict: trial2.verdict ?? void 0, decidedAt: trial2.decidedAt ?? void 0 },
    recoveredTo: recoveredTo ?? void 0
  };
}
function parseJson(body) {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) return void 0;
    throw error;
  }
}
function fittingBody(record) {
  const trial2 = record.trial === void 0 ? void 0 : { ...record.trial, reason: record.trial.reason.slice(0, MOST_REASON) };
  for (let failures = record.failures.slice(-MOST_FAILURES); ; failures = failures.slice(1)) {
    const text2 = JSON.stringify(
      { ...record, trial: trial2, failures },
      (_, value) => value === void 0 ? null : value
    );
    const body = new TextEncoder().encode(text2);
    if (recordOf(body) === void 0) throw unwritable("a field of it is out of its limits");
    if (body.length <= MOST_BODY_BYTES) return body;
    if (failures.length === 0) throw unwritable(`it needs ${body.length} bytes`);
  }
}
function digestOf(bytes, secret) {
  const hash = secret === void 0 ? createHash3("sha256") : createHmac("sha256", secret);
  return hash.update(bytes).digest();
}
function bad(reason) {
  return { ok: false, reason };
}
function unwritable(why) {
  return new AgentError("VAULT_WRITE_FAILED", `The vault record cannot be written: ${why}.`);
}

// agent/adapters/vault.ts
var RegionVault = class {
  #regions;
  #secret;
  /** `secret` keys the digest: then a copy that was made without it is a bad one. */
  constructor(regions, secret) {
    this.#regions = regions;
    this.#secret = secret;
  }
  async read() {
    const copies = await this.copies();
    const newest = copies[newestOf(copies) ?? 0];
    return newest.ok ? { record: newest.record, lost: false } : { record: EMPTY_VAULT, lost: true };
  }
  async write(record) {
    const copies = await this.copies();
    const newest = newestOf(copies);
    const newestCopy = copies[newest ?? 0];
    const counter = newestCopy.ok ? newestCopy.counter + 1n : 1n;
    const stale = newest === 0 ? 1 : 0;
    const bytes = encodeVaultRecord(record, counter, this.#secret);
    const region = this.#regions[stale];
    try {
      await region.write(0, bytes);
      await region.flush();
    } catch (cause) {
      throw writeFailed(stale, "could not be written", cause);
    }
    const found = await this.#readBack(stale);
    if (!bytes.every((byte, at) => found[at] === byte))
      throw writeFailed(stale, "does not hold what was written");
  }
  /** Both copies as they are, for inspection. A copy that cannot be read is a bad one: the other may do. */
  async copies() {
    return [await this.#copy(0), await this.#copy(1)];
  }
  async close() {
    for (const region of this.#regions) await region.close();
  }
  async #copy(index) {
    try {
      return decodeVaultRecord(await this.#regions[index].read(0, VAULT_COPY_BYTES), this.#secret);
    } catch (error) {
      return { ok: false, reason: error instanceof Error ? error.message : String(error) };
    }
  }
  async #readBack(index) {
    try {
      return await this.#regions[index].read(0, VAULT_COPY_BYTES);
    } catch (cause) {
      throw writeFailed(index, "could not be read back", cause);
    }
  }
};
async function openFileVault(pathA, pathB, secret) {
  const regions = [];
  try {
    for (const path of [pathA, pathB]) {
      await makeRoom(path);
      regions.push(await openFileRegion(path));
    }
    const [first, second] = regions;
    if (first === void 0 || second === void 0) throw new RangeError("a vault has two copies");
    return new RegionVault([first, second], secret);
  } catch (cause) {
    for (const region of regions) await region.close();
    throw new AgentError("VAULT_WRITE_FAILED", `The vault at ${pathA} and ${pathB} could not be opened.`, {
      facts: { pathA, pathB },
      cause
    });
  }
}
async function makeRoom(path) {
  const file = await open2(path, constants2.O_RDWR | constants2.O_CREAT, 384);
  try {
    const facts = await file.stat();
    if (!facts.isFile() || facts.size >= VAULT_COPY_BYTES) return;
    await file.write(
      new Uint8Array(VAULT_COPY_BYTES - facts.size),
      0,
      VAULT_COPY_BYTES - facts.size,
      facts.size
    );
    await file.sync();
  } finally {
    await file.close();
  }
}
function newestOf([first, second]) {
  if (!first.ok) return second.ok ? 1 : void 0;
  return second.ok && second.counter > first.counter ? 1 : 0;
}
function writeFailed(copy, what, cause) {
  return new AgentError("VAULT_WRITE_FAILED", `Copy ${copy} of the vault ${what}.`, {
    facts: { copy },
    cause
  });
}

// ../../main/node_modules/smol-toml/dist/error.js
function getLineColFromPtr(string2, ptr) {
  let lines = string2.slice(0, ptr).split(/\r?\n/);
  return [lines.length, lines.pop().length + 1];
}
function makeCodeBlock(string2, line, column) {
  let lines = string2.split(/\r?\n/);
  let codeblock = "";
  let numberLen = (Math.log10(line + 1) | 0) + 1;
  for (let i = line - 1; i <= line + 1; i++) {
    let l = lines[i - 1];
    if (!l)
      continue;
    codeblock += i.toString().padEnd(numberLen, " ");
    codeblock += ":  ";
    codeblock += l;
    codeblock += "\n";
    if (i === line) {
      codeblock += " ".repeat(numberLen + column + 2);
      codeblock += "^\n";
    }
  }
  return codeblock;
}
var TomlError = class _TomlError extends Error {
  line;
  column;
  codeblock;
  constructor(message, options) {
    const [line, column] = getLineColFromPtr(options.toml, options.ptr);
    const codeblock = makeCodeBlock(options.toml, line, column);
    super(`Invalid TOML document: ${message}

${codeblock}`, options);
    this.line = line;
    this.column = column;
    this.codeblock = codeblock;
  }
  /** @internal */
  static x(message, ctx, ptr) {
    throw new _TomlError(message, { toml: ctx.s, ptr: ptr ?? ctx.p });
  }
};

// ../../main/node_modules/smol-toml/dist/primitive.js
function parseString(ctx) {
  let startPtr = ctx.p;
  let c = ctx.s.charCodeAt(ctx.p++);
  let first = c;
  let isLiteral = c === 39;
  let isMultiline = c === ctx.s.charCodeAt(ctx.p) && c === ctx.s.charCodeAt(ctx.p + 1);
  if (isMultiline) {
    if ((c = ctx.s.charCodeAt(ctx.p += 2)) === 10)
      ctx.p++;
    else if (c === 13 && ctx.s.charCodeAt(ctx.p + 1) === 10)
      ctx.p += 2;
  }
  let parsed = "";
  let sliceStart = ctx.p;
  let state = 0;
  for (; ctx.p < ctx.s.length; ctx.p++) {
    c = ctx.s.charCodeAt(ctx.p);
    if (isMultiline && (c === 10 || c === 13 && ctx.s.charCodeAt(ctx.p + 1) === 10)) {
      state = state && 3;
    } else if (c < 32 && c !== 9 || c === 127) {
      TomlError.x("control characters are not allowed in strings", ctx);
    } else if ((!state || state === 3) && c === first && (!isMultiline || ctx.s.charCodeAt(ctx.p + 1) === first && ctx.s.charCodeAt(ctx.p + 2) === first)) {
      if (isMultiline) {
        if (ctx.s.charCodeAt(ctx.p + 3) === first)
          ctx.p++;
        if (ctx.s.charCodeAt(ctx.p + 3) === first)
          ctx.p++;
      }
      if (!state) {
        let s = ctx.s.slice(sliceStart, ctx.p);
        parsed = parsed ? parsed + s : s;
      }
      ctx.p += isMultiline ? 3 : 1;
      return parsed;
    } else if (!state) {
      if (!isLiteral && c === 92) {
        parsed += ctx.s.slice(sliceStart, sliceStart = ctx.p);
        state = 1;
      }
    } else if (state === 1) {
      if (c === 120 || c === 117 || c === 85) {
        let errPtr = ctx.p++ - 1;
        let value = 0;
        let len = c === 120 ? 2 : c === 117 ? 4 : 8;
        for (let j = 0; j < len; j++, ctx.p++) {
          let hex = ctx.s.charCodeAt(ctx.p);
          let digit = (
            /* 0-9 */
            hex >= 48 && hex <= 57 ? hex - 48 : (
              /* A-F */
              hex >= 65 && hex <= 70 ? hex - 65 + 10 : (
                /* a-f */
                hex >= 97 && hex <= 102 ? hex - 97 + 10 : -1
              )
            )
          );
          if (digit < 0)
            TomlError.x("invalid non-hex character in unicode escape", ctx);
          value = value << 4 | digit;
        }
        if (value < 0 || value > 1114111 || value >= 55296 && value <= 57343) {
          TomlError.x("invalid unicode escape", ctx, errPtr);
        }
        parsed += String.fromCodePoint(value);
        sliceStart = ctx.p--;
        state = 0;
      } else if (isMultiline && (c === 32 || c === 9)) {
        state = 2;
      } else {
        if (c === 98)
          parsed += "\b";
        else if (c === 116)
          parsed += "	";
        else if (c === 110)
          parsed += "\n";
        else if (c === 102)
          parsed += "\f";
        else if (c === 114)
          parsed += "\r";
        else if (c === 101)
          parsed += "\x1B";
        else if (c === 34)
          parsed += '"';
        else if (c === 92)
          parsed += "\\";
        else
          TomlError.x("unrecognised escape sequence", ctx);
        sliceStart = ctx.p + 1;
        state = 0;
      }
    } else if (c !== 32 && c !== 9) {
      if (state === 2)
        TomlError.x("invalid escape: only line-ending whitespace may be escaped", ctx, sliceStart);
      state = !isLiteral && c === 92 ? 1 : 0;
      sliceStart = ctx.p;
    }
  }
  TomlError.x("unfinished string", ctx, startPtr);
}

// ../../main/node_modules/smol-toml/dist/date.js
var DATE_TIME_RE = /^(\d{4}-\d{2}-\d{2})?[Tt ]?(?:(\d{2}):\d{2}(?::\d{2}(?:\.\d+)?)?)?(Z|z|[-+]\d{2}:\d{2})?$/i;
var TomlDate = class _TomlDate extends Date {
  #hasDate = false;
  #hasTime = false;
  #offset = null;
  constructor(date, fasttype, unsafeDelim) {
    let hasDate = true;
    let hasTime = true;
    let offset = "Z";
    let c;
    if (typeof date === "string") {
      if (fasttype)
        prep: {
          if (fasttype < 3) {
            if (+date.slice(11, 13) > 23) {
              date = "";
              break prep;
            }
            if (fasttype === 2) {
              offset = null;
              date += "Z";
            } else if ((c = date.charCodeAt(date.length - 1)) !== 90 && c !== 122) {
              offset = date.slice(date.length - 6);
            }
            if (unsafeDelim)
              date = date.slice(0, 10) + "T" + date.slice(11);
          } else if (fasttype === 4) {
            date = +date.slice(0, 2) > 23 ? "" : `0000-01-01T${date}Z`;
          }
          hasDate = fasttype !== 4;
          hasTime = fasttype !== 3;
        }
      else {
        let match = date.match(DATE_TIME_RE);
        if (match) {
          if (!match[1]) {
            hasDate = false;
            date = `0000-01-01T${date}`;
          }
          hasTime = !!match[2];
          hasTime && date[10] === " " && (date = date.replace(" ", "T"));
          if (match[2] && +match[2] > 23) {
            date = "";
          } else {
            offset = match[3] || null;
            if (!offset && hasTime)
              date += "Z";
          }
        } else {
          date = "";
        }
      }
    }
    super(date);
    if (!isNaN(this.getTime())) {
      this.#hasDate = hasDate;
      this.#hasTime = hasTime;
      this.#offset = offset;
    }
  }
  isDateTime() {
    return this.#hasDate && this.#hasTime;
  }
  isLocal() {
    return !this.#hasDate || !this.#hasTime || !this.#offset;
  }
  isDate() {
    return this.#hasDate && !this.#hasTime;
  }
  isTime() {
    return this.#hasTime && !this.#hasDate;
  }
  isValid() {
    return this.#hasDate || this.#hasTime;
  }
  toISOString() {
    let iso = super.toISOString();
    if (this.isDate())
      return iso.slice(0, 10);
    if (this.isTime())
      return iso.slice(11, 23);
    if (this.#offset === null)
      return iso.slice(0, -1);
    if (this.#offset === "Z" || this.#offset === "z")
      return iso;
    let offset = +this.#offset.slice(1, 3) * 60 + +this.#offset.slice(4, 6);
    offset = this.#offset[0] === "-" ? offset : -offset;
    let offsetDate = new Date(this.getTime() - offset * 6e4);
    return offsetDate.toISOString().slice(0, -1) + this.#offset;
  }
  static wrapAsOffsetDateTime(jsDate, offset = "Z") {
    let date = new _TomlDate(jsDate);
    date.#offset = offset;
    return date;
  }
  static wrapAsLocalDateTime(jsDate) {
    let date = new _TomlDate(jsDate);
    date.#offset = null;
    return date;
  }
  static wrapAsLocalDate(jsDate) {
    let date = new _TomlDate(jsDate);
    date.#hasTime = false;
    date.#offset = null;
    return date;
  }
  static wrapAsLocalTime(jsDate) {
    let date = new _TomlDate(jsDate);
    date.#hasDate = false;
    date.#offset = null;
    return date;
  }
};

// ../../main/node_modules/smol-toml/dist/extract.js
function isDigit(char, base = 10) {
  return base === 16 ? char > 47 && char < 58 || char > 64 && char < 71 || char > 96 && char < 103 : char > 47 && char < 48 + base;
}
function isEndOfValue(char, delim) {
  return char === 32 || char === 9 || char === 10 || char === 13 || // Structure end or next value delimiter
  delim && (char === delim || char === 44) || // Comment
  char === 35;
}
function extractValue(ctx, end) {
  let errPtr = ctx.p;
  let c = ctx.s.charCodeAt(ctx.p);
  if (c === 91 || c === 123) {
    ctx.d-- || TomlError.x("document contains excessively nested structures. aborting.", ctx);
    let value = c === 91 ? parseArray(ctx) : parseInlineTable(ctx);
    ctx.d++;
    return value;
  }
  if (c === 34 || c === 39) {
    return parseString(ctx);
  }
  if (c === 116) {
    if (ctx.s.charCodeAt(++ctx.p) !== 114 || ctx.s.charCodeAt(++ctx.p) !== 117 || ctx.s.charCodeAt(++ctx.p) !== 101)
      TomlError.x("invalid value", ctx, errPtr);
    return ctx.p++, true;
  }
  if (c === 102) {
    if (ctx.s.charCodeAt(++ctx.p) !== 97 || ctx.s.charCodeAt(++ctx.p) !== 108 || ctx.s.charCodeAt(++ctx.p) !== 115 || ctx.s.charCodeAt(++ctx.p) !== 101)
      TomlError.x("invalid value", ctx, errPtr);
    return ctx.p++, false;
  }
  if (c === 43 || c === 45) {
    return parseNumber(ctx, ctx.p, ctx.s.charCodeAt(++ctx.p), 44 - c, end);
  }
  if (ctx.s.charCodeAt(ctx.p + 4) === 45 && ctx.s.charCodeAt(ctx.p + 7) === 45) {
    return parseDate(ctx, c, end);
  }
  if (ctx.s.charCodeAt(ctx.p + 2) === 58) {
    return parseTime(ctx, c, end);
  }
  return parseNumber(ctx, ctx.p, c, 0, end);
}
function parseNumber(ctx, startPtr, startChr, sign2, endChr) {
  let c = startChr;
  let state = 0;
  let hasUnderscores = false;
  if (c === 105) {
    if (ctx.s.charCodeAt(++ctx.p) !== 110 || ctx.s.charCodeAt(++ctx.p) !== 102)
      TomlError.x("invalid value", ctx, startPtr);
    return ctx.p++, (sign2 || 1) / 0;
  }
  if (c === 110) {
    if (ctx.s.charCodeAt(++ctx.p) !== 97 || ctx.s.charCodeAt(++ctx.p) !== 110)
      TomlError.x("invalid value", ctx, startPtr);
    return ctx.p++, NaN;
  }
  if (c === 48) {
    if (++ctx.p >= ctx.s.length || isEndOfValue(c = ctx.s.charCodeAt(ctx.p), endChr))
      return ctx.bi === true ? 0n : 0;
    if (!sign2) {
      if (c === 120)
        return parseIntegerBaseN(ctx, startPtr, 16, endChr);
      else if (c === 98)
        return parseIntegerBaseN(ctx, startPtr, 2, endChr);
      else if (c === 111)
        return parseIntegerBaseN(ctx, startPtr, 8, endChr);
    }
    if (c === 46)
      state = 2;
    else if (c === 101 || c === 69)
      state = 4;
    else
      TomlError.x("illegal leading zero", ctx, startPtr);
  } else if (!isDigit(c))
    TomlError.x("invalid value", ctx, startPtr);
  while (++ctx.p < ctx.s.length && (c = ctx.s.charCodeAt(ctx.p), !isEndOfValue(c, endChr))) {
    if (!state)
      state = 1;
    if (c === 95) {
      if (!(state & 1))
        TomlError.x("illegal underscore", ctx);
      state += 11;
      hasUnderscores = true;
    } else if (state === 1 && c === 46)
      state = 2;
    else if ((state === 1 || state === 3) && (c === 101 || c === 69))
      state = 4;
    else if (state === 4 && (c === 43 || c === 45)) {
      state = 6;
    } else if (!isDigit(c))
      TomlError.x(`illegal character in numeric literal`, ctx);
    else if (state > 9)
      state -= 11;
    else if (!(state & 1))
      state++;
  }
  if (!state) {
    let val = (startChr - 48) * (sign2 || 1);
    return ctx.bi === true ? BigInt(val) : val;
  }
  if (!(state & 1))
    TomlError.x("unfinished numeric value", ctx, startPtr);
  let str = ctx.s.slice(startPtr, ctx.p);
  if (hasUnderscores)
    str = str.replaceAll("_", "");
  return state > 1 ? parseFloat(str) : parseInteger(ctx, str, 10, startPtr);
}
function parseIntegerBaseN(ctx, startPtr, base, endChr) {
  let c, underscore = 1;
  while (++ctx.p < ctx.s.length && (c = ctx.s.charCodeAt(ctx.p), !isEndOfValue(c, endChr))) {
    if (c === 95) {
      if (underscore & 1)
        TomlError.x("illegal underscore", ctx);
      underscore = 3;
    } else if (!isDigit(c, base))
      TomlError.x(`illegal character in numeric literal`, ctx);
    else if (underscore & 1)
      underscore--;
  }
  if (underscore & 1)
    TomlError.x("unfinished numeric value", ctx);
  let str = ctx.s.slice(startPtr + 2, ctx.p);
  if (underscore)
    str = str.replaceAll("_", "");
  return parseInteger(ctx, str, base, startPtr);
}
function parseInteger(ctx, str, base, startPtr) {
  if (ctx.bi !== true)
    int: {
      let val = parseInt(str, base);
      if (!Number.isSafeInteger(val)) {
        if (ctx.bi)
          break int;
        TomlError.x("integer value cannot be represented losslessly", ctx, startPtr);
      }
      return val;
    }
  return base === 10 ? BigInt(str) : BigInt((base === 2 ? "0b" : base === 8 ? "0o" : "0x") + str);
}
function parseDate(ctx, c, endChr) {
  let startPtr = ctx.p++, unsafeSeparator;
  if (!isDigit(c) || !isDigit(ctx.s.charCodeAt(ctx.p++)) || !isDigit(ctx.s.charCodeAt(ctx.p++)) || !isDigit(ctx.s.charCodeAt(ctx.p++))) {
    return parseNumber(ctx, ctx.p = startPtr, c, 0, endChr);
  }
  ctx.p += 5;
  if (!isDigit(ctx.s.charCodeAt(ctx.p++)))
    TomlError.x("invalid date-time: date part is malformed", ctx, startPtr);
  if (ctx.p >= ctx.s.length || ((c = ctx.s.charCodeAt(ctx.p)) !== 32 || (unsafeSeparator = true, !isDigit(ctx.s.charCodeAt(ctx.p + 1)))) && c !== 84 && c !== 116) {
    let t2 = ctx.s.slice(startPtr, ctx.p);
    return readDate(ctx, t2, 3, false, startPtr);
  }
  if (ctx.s.charCodeAt(ctx.p += 3) !== 58)
    TomlError.x("invalid date-time: time part is malformed", ctx, startPtr);
  if (ctx.s.charCodeAt(ctx.p += 3) === 58)
    ctx.p += 3;
  if (ctx.s.charCodeAt(ctx.p) === 46)
    while (isDigit(ctx.s.charCodeAt(++ctx.p)))
      ;
  if (c = ctx.s.charCodeAt(ctx.p)) {
    if (c === 90 || c === 122) {
      let t2 = ctx.s.slice(startPtr, ++ctx.p);
      return readDate(ctx, t2, 1, unsafeSeparator, startPtr, "[+00:00]");
    }
    if (c === 43 || c === 45) {
      let t2 = ctx.s.slice(startPtr, ctx.p += 6);
      return readDate(ctx, t2, 1, unsafeSeparator, startPtr, !ctx.ld && "[" + ctx.s.slice(ctx.p - 6, ctx.p) + "]");
    }
  }
  let t = ctx.s.slice(startPtr, ctx.p);
  return readDate(ctx, t, 2, unsafeSeparator, startPtr);
}
function parseTime(ctx, c, endChr) {
  let start = ctx.p;
  if (!isDigit(c) || !isDigit(ctx.s.charCodeAt(++ctx.p))) {
    return parseNumber(ctx, --ctx.p, c, 0, endChr);
  }
  if (ctx.s.charCodeAt(ctx.p += 4) === 58)
    ctx.p += 3;
  if (ctx.s.charCodeAt(ctx.p) === 46)
    while (isDigit(ctx.s.charCodeAt(++ctx.p)))
      ;
  let t = ctx.s.slice(start, ctx.p);
  return readDate(ctx, t, 4, false, start);
}
function readDate(ctx, str, type, unsafeDelim, errPtr, temporalSuffix) {
  if (ctx.ld) {
    let date = new TomlDate(str, type, unsafeDelim);
    if (!date.isValid())
      TomlError.x("invalid date", ctx, errPtr);
    return date;
  }
  try {
    if (temporalSuffix)
      str += temporalSuffix;
    switch (type) {
      case 1:
        return Temporal.ZonedDateTime.from(str);
      case 2:
        return Temporal.PlainDateTime.from(str);
      case 3:
        return Temporal.PlainDate.from(str);
      case 4:
        return Temporal.PlainTime.from(str);
    }
  } catch (e) {
    TomlError.x(e instanceof Error ? e.message : "" + e, ctx, errPtr);
  }
}

// ../../main/node_modules/smol-toml/dist/util.js
function skipComment(ctx) {
  for (; ctx.p < ctx.s.length; ctx.p++) {
    let c = ctx.s.charCodeAt(ctx.p);
    if (c === 10)
      break;
    if (c === 13 && ctx.s.charCodeAt(ctx.p + 1) === 10) {
      ctx.p++;
      break;
    }
    if (c < 32 && c !== 9 || c === 127) {
      TomlError.x("control characters are not allowed in comments", ctx);
    }
  }
}
function skipVoid(ctx, banNewLines, banComments) {
  let c;
  while (ctx.p < ctx.s.length) {
    while (ctx.p < ctx.s.length && ((c = ctx.s.charCodeAt(ctx.p)) === 32 || c === 9 || !banNewLines && (c === 10 || c === 13 && ctx.s.charCodeAt(ctx.p + 1) === 10)))
      ctx.p++;
    if (banComments || c !== 35)
      break;
    skipComment(ctx);
  }
}

// ../../main/node_modules/smol-toml/dist/struct.js
function parseKey(ctx, end = 61) {
  let startPtr;
  let state = 0;
  let parsed = [];
  let sliceStart;
  let c = ctx.s.charCodeAt(startPtr = ctx.p);
  do {
    if (c === end) {
      if (!state)
        TomlError.x("unexpected end of key", ctx);
      if (state === 1)
        parsed.push(ctx.s.slice(sliceStart, ctx.p));
      return ctx.p++, parsed;
    } else if (c === 46) {
      if (!state)
        TomlError.x("illegal empty bare key", ctx);
      if (state === 1)
        parsed.push(ctx.s.slice(sliceStart, ctx.p));
      state = 0;
    } else if (!state && (c === 34 || c === 39)) {
      if (c === ctx.s.charCodeAt(ctx.p + 1) && c === ctx.s.charCodeAt(ctx.p + 2))
        TomlError.x("illegal quoted key: multiline strings are not allowed", ctx);
      parsed.push(parseString(ctx));
      state = 2;
      ctx.p--;
    } else if (c === 32 || c === 9) {
      if (state === 1) {
        parsed.push(ctx.s.slice(sliceStart, ctx.p));
        state = 2;
      }
    } else if (state === 2 || c < 48 && c !== 45 || c > 57 && c < 65 || c > 90 && c < 97 && c !== 95 || c > 122) {
      TomlError.x("illegal character in key", ctx);
    } else if (!state) {
      state = 1;
      sliceStart = ctx.p;
    }
  } while (c = ctx.s.charCodeAt(++ctx.p));
  TomlError.x("incomplete key-value: cannot find end of key", ctx, startPtr);
}
function parseInlineTable(ctx) {
  let startPtr = ctx.p++;
  let res = /* @__PURE__ */ Object.create(null);
  let seen = /* @__PURE__ */ new Set();
  let c;
  while (ctx.p < ctx.s.length) {
    skipVoid(ctx);
    if ((c = ctx.s.charCodeAt(ctx.p)) === 125) {
      ctx.p++;
      return res;
    }
    let k;
    let t = res;
    let hasOwn = false;
    let errPtr = ctx.p;
    let key = parseKey(ctx);
    for (let i = 0; i < key.length; i++) {
      if (i)
        t = hasOwn ? t[k] : t[k] = /* @__PURE__ */ Object.create(null);
      k = key[i];
      if ((hasOwn = Object.hasOwn(t, k)) && (typeof t[k] !== "object" || seen.has(t[k]))) {
        TomlError.x("trying to redefine an already defined value", ctx, errPtr);
      }
      let unsafe = k === "__proto__";
      if (ctx.uk && (unsafe || k === "constructor")) {
        t = ctx.uk !== 1 && TomlError.x("document contains an unsafe property", ctx, errPtr);
        break;
      }
      if (!hasOwn && unsafe) {
        Object.defineProperty(t, k, { enumerable: true, configurable: true, writable: true });
      }
    }
    if (hasOwn) {
      TomlError.x("trying to redefine an already defined value", ctx, errPtr);
    }
    skipVoid(ctx, true, true);
    let value = extractValue(
      ctx,
      125
      /* } */
    );
    if (t && typeof (t[k] = value) === "object")
      seen.add(value);
    skipVoid(ctx);
    if ((c = ctx.s.charCodeAt(ctx.p++)) === 125) {
      return res;
    }
    if (c !== 44)
      TomlError.x("expected comma or end of structure", ctx, ctx.p - 1);
  }
  TomlError.x("unfinished table", ctx, startPtr);
}
function parseArray(ctx) {
  let startPtr = ctx.p++;
  let res = [];
  let c;
  while (ctx.p < ctx.s.length) {
    skipVoid(ctx);
    if ((c = ctx.s.charCodeAt(ctx.p)) === 93) {
      ctx.p++;
      return res;
    }
    res.push(extractValue(
      ctx,
      93
      /* ] */
    ));
    skipVoid(ctx);
    if ((c = ctx.s.charCodeAt(ctx.p++)) === 93) {
      return res;
    }
    if (c !== 44)
      TomlError.x("expected comma or end of structure", ctx, ctx.p - 1);
  }
  TomlError.x("unfinished array", ctx, startPtr);
}

// ../../main/node_modules/smol-toml/dist/parse.js
function peekTable(ctx, key, table, meta, type) {
  let t = table;
  let m = meta;
  let k;
  let hasOwn = false;
  let state;
  for (let i = 0; i < key.length; i++) {
    if (i) {
      t = hasOwn ? t[k] : t[k] = /* @__PURE__ */ Object.create(null);
      m = (state = m[k]).c;
      if (type === 0 && (state.t === 1 || state.t === 2)) {
        return null;
      }
      if (state.t === 2) {
        let l = t.length - 1;
        t = t[l];
        m = m[l].c;
      }
    }
    k = key[i];
    if ((hasOwn = Object.hasOwn(t, k)) && m[k]?.t === 0 && m[k]?.d) {
      return null;
    }
    if (!hasOwn) {
      let unsafe = k === "__proto__";
      if (ctx.uk && (unsafe || k === "constructor"))
        return false;
      if (unsafe) {
        Object.defineProperty(t, k, { enumerable: true, configurable: true, writable: true });
        Object.defineProperty(m, k, { enumerable: true, configurable: true, writable: true });
      }
      m[k] = {
        t: i < key.length - 1 && type === 2 ? 3 : type,
        d: false,
        i: 0,
        c: /* @__PURE__ */ Object.create(null)
      };
    }
  }
  state = m[k];
  if (state.t !== type && !(type === 1 && state.t === 3)) {
    return null;
  }
  if (type === 2) {
    if (!state.d) {
      state.d = true;
      t[k] = [];
    }
    t[k].push(t = /* @__PURE__ */ Object.create(null));
    state.c[state.i++] = state = { t: 1, d: false, i: 0, c: /* @__PURE__ */ Object.create(null) };
  }
  if (state.d) {
    return null;
  }
  state.d = true;
  if (type === 1) {
    t = hasOwn ? t[k] : t[k] = /* @__PURE__ */ Object.create(null);
  } else if (type === 0 && hasOwn) {
    return null;
  }
  return [k, t, state.c];
}
function validateTablePeek(ctx, peek, ptr) {
  if (peek === null || ctx.uk === 2)
    TomlError.x(peek === null ? "trying to redefine an already defined table or value" : "document contains an unsafe property", ctx, ptr);
}
function parse(toml, options = {}) {
  let ctx = {
    s: toml,
    p: 0,
    d: options.maxDepth ?? 1e3,
    bi: options.integersAsBigInt ?? false,
    ld: options.useLegacyDate ?? true,
    uk: options.unsafeKeyBehaviour === "throw" ? 2 : options.unsafeKeyBehaviour === "drop" ? 1 : 0
  };
  let res = /* @__PURE__ */ Object.create(null);
  let meta = /* @__PURE__ */ Object.create(null);
  let tmp;
  let skipping = false;
  let tbl = res;
  let m = meta;
  if (toml.charCodeAt(0) === 65279)
    ctx.p++;
  skipVoid(ctx);
  while (ctx.p < toml.length) {
    if (toml.charCodeAt(ctx.p) === 91) {
      let isTableArray = toml.charCodeAt(++ctx.p) === 91;
      tmp = ctx.p += +isTableArray;
      skipping = false;
      let k = parseKey(
        ctx,
        93
        /* ] */
      );
      if (isTableArray) {
        if (toml.charCodeAt(ctx.p) !== 93) {
          TomlError.x("expected end of table array declaration", ctx);
        }
        ctx.p++;
      }
      let p = peekTable(
        ctx,
        k,
        res,
        meta,
        isTableArray ? 2 : 1
        /* Type.EXPLICIT */
      );
      if (!p) {
        validateTablePeek(ctx, p, tmp);
        skipping = true;
      } else {
        m = p[2];
        tbl = p[1];
      }
    } else {
      tmp = ctx.p;
      let k = parseKey(ctx);
      let p = peekTable(
        ctx,
        k,
        tbl,
        m,
        0
        /* Type.DOTTED */
      );
      if (!p && !skipping)
        validateTablePeek(ctx, p, tmp);
      skipVoid(ctx, true, true);
      let v = extractValue(ctx, void 0);
      if (p && !skipping)
        p[1][p[0]] = v;
    }
    skipVoid(ctx, true);
    if (ctx.p < toml.length && (tmp = toml.charCodeAt(ctx.p)) !== 10 && (tmp !== 13 || toml.charCodeAt(ctx.p + 1) !== 10)) {
      TomlError.x("each key-value declaration must be followed by an end-of-line", ctx);
    }
    skipVoid(ctx);
  }
  return res;
}

// ../../main/node_modules/smol-toml/dist/stringify.js
var HAS_WELLFORMED = !!"".isWellFormed;

// agent/config-table.ts
var CONFIG_TABLE = {
  "device.compatible": {
    type: "text",
    default: void 0,
    why: "product and board; compared exactly with the manifest"
  },
  "device.id": { type: "text", default: "", why: "name in events; empty: derived from the machine id" },
  "device.channel": { type: "text", default: "stable", why: "pre-releases are taken from this channel only" },
  "paths.data": {
    type: "text",
    default: "/var/lib/donabe",
    why: "folder of the store, on the data partition"
  },
  "paths.run": { type: "text", default: "/run/donabe", why: "lock, heartbeat and status: gone at each boot" },
  "paths.vault": {
    type: "list",
    default: void 0,
    least: 2,
    most: 2,
    why: "the two copies of the vault, 16 KiB each, outside the data partition"
  },
  "paths.keys": {
    type: "text",
    default: "/etc/donabe/keys.d",
    why: "trusted keys, part of the read-only system image"
  },
  "paths.release-info": {
    type: "text",
    default: "/usr/lib/donabe/release-info.json",
    why: "names the release of the booted image"
  },
  "paths.cmdline": { type: "text", default: "/proc/cmdline", why: "says which slot is booted" },
  "paths.boot-id": {
    type: "text",
    default: "/proc/sys/kernel/random/boot_id",
    why: "tells kernel boots apart"
  },
  "paths.uptime": {
    type: "text",
    default: "/proc/uptime",
    why: "seconds since the kernel booted, for the confirm deadline"
  },
  "paths.time-synchronised": {
    type: "text",
    default: "/run/systemd/timesync/synchronized",
    why: "exists once the clock was set by the network"
  },
  "trust.threshold": {
    type: "integer",
    default: 1,
    min: 1,
    max: 16,
    unit: "keys",
    why: "distinct trusted keys that must have signed a release"
  },
  "boot-control.backend": { type: "text", default: "android-misc", why: "format of the boot control" },
  "boot-control.path": {
    type: "text",
    default: void 0,
    why: "partition, file, command or fw_env.config of the boot control; bootctl/README.md says which"
  },
  "boot-control.name-a": { type: "text", default: "A", why: "what the boot loader's variables call slot a" },
  "boot-control.name-b": { type: "text", default: "B", why: "what the boot loader's variables call slot b" },
  "boot-control.counting": {
    type: "text",
    default: "donabe",
    why: "who counts boots: donabe, the boot scripts in systemd/; vendor, one that counts good slots as well; bootcount, U-Boot itself"
  },
  "boot-control.trial-mark": {
    type: "text",
    default: "",
    why: "backend script: file that keeps the trial mark, outside the slots"
  },
  "boot-control.booted-command": {
    type: "list",
    default: [],
    least: 0,
    most: 16,
    why: "program and arguments that print the boot name of the booted slot, beside what the kernel command line says"
  },
  "boot-params.path": {
    type: "text",
    default: "",
    why: "memory device, nvmem cell or file with the boot loader's parameter page; empty: there is none"
  },
  "boot-params.offset": {
    type: "integer",
    default: 0,
    min: 0,
    max: 2 ** 52,
    unit: "bytes",
    why: "where the page begins in it"
  },
  "boot-control.tries": {
    type: "integer",
    default: 3,
    min: 1,
    max: 7,
    unit: "boots",
    why: "people unplug a cooker: one boot is too few; a format that holds fewer gives what it has"
  },
  "server.base-urls": {
    type: "list",
    default: [],
    least: 0,
    most: 8,
    why: "release folders, tried in order (mirrors); empty: only `donabe install`"
  },
  "server.poll-interval-s": {
    type: "integer",
    default: 3600,
    min: 1,
    max: 604800,
    unit: "s",
    why: "an hour: 10,000 devices ask three times a second"
  },
  "server.poll-jitter-percent": {
    type: "integer",
    default: 10,
    min: 0,
    max: 50,
    unit: "%",
    why: "keeps a fleet that lost power together from asking together"
  },
  "server.ca-file": {
    type: "text",
    default: "",
    why: "PEM file of the certificate authority; empty: those of Node"
  },
  "server.client-certificate": { type: "text", default: "", why: "PEM file for a server that wants one" },
  "server.client-key": { type: "text", default: "", why: "PEM file that belongs to it" },
  "server.byte-budget": {
    type: "integer",
    default: 0,
    min: 0,
    max: 2 ** 40,
    unit: "bytes",
    why: "most that one release may cost; 0: 1.2 times its smallest complete way plus 5 MiB"
  },
  "server.connect-timeout-s": {
    type: "integer",
    default: 15,
    min: 1,
    max: 300,
    unit: "s",
    why: "a mobile link needs some seconds, a dead one should not hold the walk"
  },
  "server.idle-timeout-s": {
    type: "integer",
    default: 60,
    min: 1,
    max: 3600,
    unit: "s",
    why: "silence in a body after which the connection is given up"
  },
  "checkpoint.bytes": {
    type: "integer",
    default: 16 * 1024 * 1024,
    min: 65536,
    max: 2 ** 30,
    unit: "bytes",
    why: "most that a power cut costs, against wear by flushing"
  },
  "checkpoint.interval-ms": {
    type: "integer",
    default: 2e3,
    min: 100,
    max: 6e5,
    unit: "ms",
    why: "the same, for slow lines"
  },
  "mcu.port": { type: "text", default: "", why: "serial port of the MCU; empty: a product without one" },
  "mcu.baud-rate": {
    type: "integer",
    default: 9600,
    min: 1200,
    max: 4e6,
    unit: "baud",
    why: "what every MCU can do without a crystal"
  },
  "mcu.parity": {
    type: "choice",
    default: "none",
    values: ["none", "even", "odd"],
    why: "some boot loaders in ROM speak with even parity only"
  },
  "mcu.crc": {
    type: "choice",
    default: "xmodem",
    values: Object.keys(CRC_VARIANTS),
    why: "the CRC-16 of the vendor; mcu-bridge/README.md says how to tell which"
  },
  "mcu.byte-order": {
    type: "choice",
    default: "high-first",
    values: BYTE_ORDERS,
    why: "order of the two CRC bytes on the line; fields are little-endian in any case"
  },
  "mcu.max-payload": {
    type: "integer",
    default: MAX_PAYLOAD,
    min: LEAST_MAX_PAYLOAD,
    max: MAX_PAYLOAD,
    unit: "bytes",
    why: "an MCU with little memory takes shorter frames"
  },
  "mcu.poll-interval-ms": {
    type: "integer",
    default: 5e3,
    min: 50,
    max: 6e5,
    unit: "ms",
    why: "how often a busy cooker is asked whether it is done"
  },
  "confirm.deadline-s": {
    type: "integer",
    default: 600,
    min: 10,
    max: 86400,
    unit: "s",
    why: "after the kernel booted; a trial that is not marked good by then goes back"
  },
  "reboot.command": {
    type: "list",
    default: ["systemctl", "reboot"],
    least: 1,
    most: 16,
    why: "how the system is asked to reboot"
  }
};
var HEALTH_TABLE = {
  name: { type: "text", default: void 0, why: "shown when it fails" },
  command: {
    type: "list",
    default: void 0,
    least: 1,
    most: 32,
    why: "program and arguments; exit status 0 is healthy; no shell"
  },
  "timeout-s": {
    type: "integer",
    default: 30,
    min: 1,
    max: 600,
    unit: "s",
    why: "then its whole process group is killed"
  },
  retries: {
    type: "integer",
    default: 2,
    min: 0,
    max: 100,
    unit: "times",
    why: "a service may need some seconds after boot"
  },
  "retry-pause-ms": {
    type: "integer",
    default: 2e3,
    min: 0,
    max: 6e5,
    unit: "ms",
    why: "between two of them"
  }
};

// agent/config.ts
var MOST_BYTES = 256 * 1024;
var SLOT_CLASS = /^[a-z][a-z0-9_-]{0,31}$/;
function parseConfig(text2) {
  if (Buffer.byteLength(text2) > MOST_BYTES) throw invalid("", `is larger than ${MOST_BYTES} bytes`);
  const root = parseToml(text2);
  const { slots, health, ...sections } = root;
  const flat = flatten(sections);
  const values = readByTable(CONFIG_TABLE, flat, "");
  return {
    values,
    slots: readSlots(slots),
    health: readHealth(health),
    warnings: [
      ...unknownKeys(Object.keys(flat), Object.keys(CONFIG_TABLE), ""),
      ...unknownHealthKeys(health)
    ]
  };
}
function refuseWarnings(config) {
  if (config.warnings.length > 0) throw new AgentError("CONFIG_INVALID", config.warnings.join(" "));
}
function parseToml(text2) {
  try {
    return parse(text2);
  } catch (error) {
    if (!(error instanceof TomlError) && !(error instanceof RangeError)) throw error;
    throw new AgentError("CONFIG_INVALID", `The configuration is no TOML: ${error.message.split("\n")[0]}`, {
      cause: error
    });
  }
}
function isTable(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date);
}
function flatten(sections) {
  const flat = {};
  for (const [section, content] of Object.entries(sections)) {
    if (!isTable(content)) flat[section] = content;
    else for (const [key, value] of Object.entries(content)) flat[`${section}.${key}`] = value;
  }
  return flat;
}
function readByTable(table, given, prefix) {
  return Object.fromEntries(
    Object.entries(table).map(([key, row]) => [
      key,
      readValue(`${prefix}${key}`, row, Object.hasOwn(given, key) ? given[key] : void 0)
    ])
  );
}
function readValue(path, row, value) {
  if (value === void 0) {
    if (row.default === void 0) throw invalid(path, "is missing");
    return row.default;
  }
  switch (row.type) {
    case "text":
      if (typeof value !== "string" || value.includes("\0")) throw invalid(path, "must be text");
      if (value === "" && row.default === void 0) throw invalid(path, "must not be empty");
      return value;
    case "integer":
      if (typeof value !== "number" || !Number.isSafeInteger(value) || value < row.min || value > row.max) {
        throw invalid(path, `must be a whole number from ${row.min} to ${row.max} (${row.unit})`);
      }
      return value;
    case "choice":
      if (typeof value !== "string" || !row.values.includes(value)) {
        throw invalid(path, `must be one of ${row.values.join(", ")}`);
      }
      return value;
    case "list": {
      const fits = Array.isArray(value) && value.length >= row.least && value.length <= row.most;
      if (!fits || !value.every((item) => typeof item === "string" && item !== "" && !item.includes("\0"))) {
        throw invalid(path, `must be a list of ${row.least} to ${row.most} texts`);
      }
      return value;
    }
  }
}
function readSlots(value) {
  if (!isTable(value)) throw invalid("slots", "is missing: [slots.a] and [slots.b] name the partitions");
  const stranger = Object.keys(value).find((name2) => !SLOT_NAMES.includes(name2));
  if (stranger !== void 0) throw invalid(`slots.${stranger}`, "is no slot: there are a and b");
  const slots = { a: readPartitions("slots.a", value["a"]), b: readPartitions("slots.b", value["b"]) };
  if (Object.keys(slots.a).sort().join() !== Object.keys(slots.b).sort().join()) {
    throw invalid("slots", "must name the same slot classes for a and b");
  }
  const paths = [...Object.values(slots.a), ...Object.values(slots.b)];
  if (new Set(paths).size !== paths.length) throw invalid("slots", "names one partition twice");
  return slots;
}
function readPartitions(path, value) {
  if (!isTable(value) || Object.keys(value).length === 0)
    throw invalid(path, "must name at least one partition");
  for (const [slotClass, partition] of Object.entries(value)) {
    if (!SLOT_CLASS.test(slotClass))
      throw invalid(`${path}.${slotClass}`, "is no slot class: a-z, 0-9, _ and -");
    if (typeof partition !== "string" || partition === "" || partition.includes("\0")) {
      throw invalid(`${path}.${slotClass}`, "must be the path of a partition");
    }
  }
  return value;
}
function readHealth(value) {
  if (value === void 0) return [];
  if (!Array.isArray(value) || value.length > 64)
    throw invalid("health", "must be at most 64 [[health]] tables");
  return value.map((entry, at) => {
    if (!isTable(entry)) throw invalid(`health[${at}]`, "must be a table");
    const read = readByTable(HEALTH_TABLE, entry, `health[${at}].`);
    return {
      name: read.name,
      command: read.command,
      timeoutMs: read["timeout-s"] * 1e3,
      retries: read.retries,
      retryPauseMs: read["retry-pause-ms"]
    };
  });
}
function unknownHealthKeys(value) {
  if (!Array.isArray(value)) return [];
  return value.flatMap(
    (entry, at) => unknownKeys(Object.keys(isTable(entry) ? entry : {}), Object.keys(HEALTH_TABLE), `health[${at}].`)
  );
}
function unknownKeys(given, known, prefix) {
  return given.filter((key) => !known.includes(key)).map((key) => `Unknown key ${prefix}${key}; the nearest known one is ${prefix}${nearest(key, known)}.`);
}
function nearest(word, known) {
  const ranked = known.map((candidate) => ({ candidate, distance: editDistance(word, candidate) }));
  ranked.sort((left, right) => left.distance - right.distance);
  return ranked[0]?.candidate ?? "";
}
function editDistance(left, right) {
  const from = [...left].slice(0, 64);
  const to = [...right].slice(0, 64);
  let row = to.map((_, at) => at + 1);
  for (const [i, a] of from.entries()) {
    let diagonal = i;
    let before = i + 1;
    row = row.map((above, j) => {
      const cost = Math.min(above + 1, before + 1, diagonal + (a === to[j] ? 0 : 1));
      diagonal = above;
      before = cost;
      return cost;
    });
  }
  return row.at(-1) ?? from.length;
}
function invalid(path, what) {
  return new AgentError("CONFIG_INVALID", `Configuration: ${path || "the file"} ${what}.`, {
    facts: { path }
  });
}

// agent/model/entry-table.ts
var STARTS_BEFORE_RECOVERY = 3;
var ENTRY_TABLE = [
  { when: { starts: ["failing"] }, door: "recover", why: "the agent failed to start three times in a row" },
  {
    when: { starts: ["recovery"] },
    door: "recover",
    why: "the boot loader started this slot in boot mode recovery"
  },
  {
    when: { booted: ["dropped"], active: ["other"] },
    door: "leave-bad-slot",
    why: "mark bad is durable, the reboot that follows it was cut off"
  },
  {
    when: { booted: ["dropped"] },
    door: "confirm",
    why: "marked bad with nothing to go back to: the booted slot is all there is"
  },
  {
    when: { booted: ["trial"], active: ["booted"], trial: ["other-seen"] },
    door: "finish-rollback",
    why: "a slot that is itself on trial tried the other one and came back"
  },
  {
    when: { booted: ["trial"] },
    door: "confirm",
    why: "a trial boot, or a record that lost its memory of one"
  },
  {
    when: { booted: ["good"], row: ["landed"] },
    door: "finish-confirm",
    why: "mark good is durable, the store has not been told"
  },
  {
    when: { booted: ["good"], active: ["other"] },
    door: "await-reboot",
    why: "the flip is made, the reboot is not"
  },
  {
    when: { trial: ["other-seen"] },
    door: "finish-rollback",
    why: "the other slot was tried and the boot loader came back"
  },
  {
    when: { trial: ["other-unseen"], other: ["exhausted"] },
    door: "finish-rollback",
    why: "the other slot used its tries up before its agent said a word"
  },
  {
    when: { trial: ["other-unseen"], row: ["activated"] },
    door: "withdraw",
    why: "the activation was taken back before it was booted"
  },
  {
    when: { row: ["activated"] },
    door: "finish-rollback",
    why: "the store remembers an activation that vault and boot control do not: the vault was lost"
  },
  { when: { row: ["fetching", "finalised"] }, door: "resume", why: "an update was under way" },
  { when: {}, door: "fresh", why: "nothing is under way" }
];
function enterBy(facts) {
  const row = ENTRY_TABLE.find((candidate) => matches(candidate.when, facts));
  if (row === void 0) throw new Error("the entry table has lost its last row");
  return row;
}
function matches(pattern, facts) {
  return Object.keys(pattern).every(
    (name2) => pattern[name2].includes(facts[name2])
  );
}
function entryFacts(booted, boot, vault, row, kernel) {
  const other = boot.slots[otherSlot(booted)];
  const failing = vault.agentStarts.boot === kernel.bootId && vault.agentStarts.count > STARTS_BEFORE_RECOVERY;
  return {
    starts: failing ? "failing" : kernel.bootMode,
    booted: isGood(booted, boot, vault) ? "good" : boot.slots[booted].ranked ? "trial" : "dropped",
    active: boot.active === void 0 ? "none" : boot.active === booted ? "booted" : "other",
    other: other.bootable ? "bootable" : other.ranked ? "exhausted" : "unranked",
    trial: trialOf(booted, vault),
    row: row === void 0 ? "none" : row.slot === booted ? "landed" : row.state
  };
}
function isGood(slot2, boot, vault) {
  return boot.slots[slot2].successful && vault.trial?.slot !== slot2;
}
function trialOf(booted, vault) {
  if (vault.trial === void 0) return "none";
  if (vault.trial.slot === booted) return "booted";
  return vault.trial.boots === 0 && vault.trial.verdict === void 0 ? "other-unseen" : "other-seen";
}

// agent/model/verified-manifest.ts
var import_semver2 = __toESM(require_semver2(), 1);

// format/digest.ts
import { createHash as createHash4 } from "node:crypto";
var SHA256_BYTES = 32;
function sha256Hex(bytes) {
  return createHash4("sha256").update(bytes).digest("hex");
}

// format/error.ts
var FormatError = class extends Error {
  code;
  facts;
  constructor(code, message, more = {}) {
    super(message, more.cause === void 0 ? void 0 : { cause: more.cause });
    this.name = "FormatError";
    this.code = code;
    this.facts = more.facts ?? {};
  }
};

// format/fields.ts
var import_semver = __toESM(require_semver2(), 1);
var MAX_IMAGE_SIZE = 2 ** 42;
var MAX_MCU_FIRMWARE_SIZE = 16 * 1024 * 1024;
var MAX_VERSION_CHARACTERS = 256;
var UTC_TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{3})?Z$/;
function shortText(most) {
  return pipe(
    string(),
    minLength(1),
    maxLength(most),
    regex(/^[^\p{Cc}]*$/u, "control characters")
  );
}
function whole(least, most = Number.MAX_SAFE_INTEGER) {
  return pipe(number(), safeInteger(), minValue(least), maxValue(most));
}
var digestField = pipe(
  string(),
  regex(/^[0-9a-f]{64}$/, "64 lower-case hex digits are expected")
);
var versionField = pipe(
  string(),
  maxLength(MAX_VERSION_CHARACTERS),
  check(isStrictVersion, "a semantic version such as 1.4.0 is expected")
);
var rangeField = pipe(
  string(),
  minLength(1),
  maxLength(MAX_VERSION_CHARACTERS),
  check(
    (range) => import_semver.default.validRange(range) !== null,
    'a version range such as ">=1.2.0 <2.0.0" is expected'
  )
);
var timeField = pipe(
  string(),
  check(isUtcTime, "a time such as 2025-03-01T12:00:00Z is expected")
);
var compatibleField = pipe(
  string(),
  maxLength(128),
  regex(/^[A-Za-z0-9][A-Za-z0-9._-]*\/[A-Za-z0-9][A-Za-z0-9._-]*$/, '"product/board" is expected')
);
var channelField = pipe(
  string(),
  regex(/^[a-z][a-z0-9-]{0,31}$/, "a lower-case name is expected")
);
var mcuFirmwareField = looseObject({
  version: pipe(string(), regex(/^[A-Za-z0-9][A-Za-z0-9._+-]{0,63}$/, "a version is expected")),
  size: whole(1, MAX_MCU_FIRMWARE_SIZE),
  sha256: digestField
});
function checked(schema, value, code, document) {
  const result = safeParse(schema, value, { abortEarly: true });
  if (result.success) return result.output;
  const [issue] = result.issues;
  const field = getDotPath(issue) ?? "(the whole document)";
  throw new FormatError(code, `the ${document} is malformed at ${field}: ${issue.message}`, {
    facts: { field }
  });
}
function isStrictVersion(version2) {
  const parsed = import_semver.default.parse(version2);
  if (parsed === null) return false;
  const build = parsed.build.length === 0 ? "" : `+${parsed.build.join(".")}`;
  return parsed.version + build === version2;
}
function isUtcTime(time) {
  if (!UTC_TIME.test(time)) return false;
  const parsed = new Date(time);
  return !Number.isNaN(parsed.getTime()) && parsed.toISOString().slice(0, 19) === time.slice(0, 19);
}

// format/frame.ts
import { promisify } from "node:util";
import { brotliCompress, brotliCompressSync, brotliDecompressSync, constants as constants3 } from "node:zlib";
var FRAME_CODECS = { zero: 0, raw: 1, brotli: 2 };
var MAX_FRAME_OVERHEAD = 64 * 1024;
var OUTPUT_SPARE = 64;
var NO_BYTES = new Uint8Array(0);
var compressInPool = promisify(brotliCompress);
function decodeFrame(codec, frame, chunkLength) {
  const chunk = DECODERS[codec](frame, chunkLength);
  if (chunk.length !== chunkLength) {
    throw new FormatError(
      "FRAME_MALFORMED",
      `a ${codec} frame decodes to ${chunk.length} bytes instead of ${chunkLength}`
    );
  }
  return chunk;
}
var DECODERS = {
  zero(frame, chunkLength) {
    if (frame.length > 0) throw new FormatError("FRAME_MALFORMED", `a zero frame has ${frame.length} bytes`);
    return new Uint8Array(chunkLength);
  },
  raw: (frame) => frame,
  brotli(frame, chunkLength) {
    try {
      return brotliDecompressSync(frame, {
        maxOutputLength: chunkLength,
        chunkSize: chunkLength + OUTPUT_SPARE
      });
    } catch (cause) {
      throw new FormatError("FRAME_MALFORMED", "a brotli frame cannot be decoded to one chunk", { cause });
    }
  }
};

// format/chunk-index.ts
var MIN_CHUNK_SIZE = 64 * 1024;
var MAX_CHUNK_SIZE = 4 * 1024 * 1024;
var DEFAULT_CHUNK_SIZE = 1024 * 1024;
var MAX_CHUNKS = 2 ** 20;
var MAGIC2 = Buffer.from("DONABEIX", "ascii");
var VERSION = 1;
var HEADER = {
  version: 8,
  length: 10,
  chunkSize: 12,
  imageSize: 16,
  image: 24,
  baseSize: 56,
  base: 64
};
var HEADER_BYTES = 96;
var ENTRY = { digest: 0, frameDigest: 32, frameLength: 64, codec: 68, reserved: 69 };
var ENTRY_BYTES = 72;
var NO_DIGEST = "0".repeat(2 * SHA256_BYTES);
var CODEC_NAMES = /* @__PURE__ */ new Map([
  [FRAME_CODECS.zero, "zero"],
  [FRAME_CODECS.raw, "raw"],
  [FRAME_CODECS.brotli, "brotli"]
]);
var ChunkIndex = class {
  imageSize;
  imageDigest;
  chunkSize;
  base;
  /** Number of chunks. */
  count;
  #bytes;
  /** Offset of each frame, and after the last one the pack's size. */
  #frameOffsets;
  constructor(bytes) {
    const raw = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    checkHeader(raw);
    this.#bytes = raw;
    this.chunkSize = raw.readUInt32LE(HEADER.chunkSize);
    this.imageSize = Number(raw.readBigUInt64LE(HEADER.imageSize));
    this.imageDigest = digestAt(raw, HEADER.image);
    this.base = baseOf(raw);
    this.count = chunkCount(this.imageSize, this.chunkSize);
    if (raw.length !== HEADER_BYTES + this.count * ENTRY_BYTES) {
      throw malformed(
        `it has ${raw.length} bytes; ${this.count} chunks need ${HEADER_BYTES + this.count * ENTRY_BYTES}`
      );
    }
    this.#frameOffsets = new Float64Array(this.count + 1);
    for (let chunk = 0; chunk < this.count; chunk += 1) {
      const frameLength = checkEntry(raw, chunk, this.#lengthOf(chunk));
      this.#frameOffsets[chunk + 1] = this.#frameOffset(chunk) + frameLength;
    }
  }
  /** Bytes of the pack that this index describes. */
  get packSize() {
    return this.#frameOffset(this.count);
  }
  /** The entry of chunk 0..count-1; RangeError outside of it. */
  entry(chunk) {
    if (!Number.isInteger(chunk) || chunk < 0 || chunk >= this.count) {
      throw new RangeError(`chunk ${chunk} of ${this.count} does not exist`);
    }
    const at = HEADER_BYTES + chunk * ENTRY_BYTES;
    return {
      offset: chunk * this.chunkSize,
      length: this.#lengthOf(chunk),
      digest: digestAt(this.#bytes, at + ENTRY.digest),
      frameOffset: this.#frameOffset(chunk),
      frameLength: this.#bytes.readUInt32LE(at + ENTRY.frameLength),
      frameDigest: digestAt(this.#bytes, at + ENTRY.frameDigest),
      codec: codecAt(this.#bytes, at, chunk)
    };
  }
  /** All entries in image order, one at a time. */
  *entries() {
    for (let chunk = 0; chunk < this.count; chunk += 1) yield this.entry(chunk);
  }
  #lengthOf(chunk) {
    return Math.min(this.chunkSize, this.imageSize - chunk * this.chunkSize);
  }
  #frameOffset(chunk) {
    return this.#frameOffsets[chunk] ?? 0;
  }
};
function decodeChunkIndex(bytes) {
  return new ChunkIndex(bytes);
}
function checkHeader(raw) {
  if (raw.length < HEADER_BYTES || !raw.subarray(0, MAGIC2.length).equals(MAGIC2)) {
    throw malformed("it does not begin with a header");
  }
  const version2 = raw.readUInt16LE(HEADER.version);
  if (version2 > VERSION) {
    throw new FormatError(
      "FORMAT_TOO_NEW",
      `the chunk index has version ${version2}; ${VERSION} is known here`
    );
  }
  if (version2 !== VERSION || raw.readUInt16LE(HEADER.length) !== HEADER_BYTES) {
    throw malformed("version and header length do not fit");
  }
  const imageSize = raw.readBigUInt64LE(HEADER.imageSize);
  if (imageSize > BigInt(MAX_IMAGE_SIZE)) throw malformed(`the image size exceeds ${MAX_IMAGE_SIZE}`);
  checkSizes(raw.readUInt32LE(HEADER.chunkSize), Number(imageSize));
}
function checkSizes(chunkSize, imageSize) {
  const isPowerOfTwo = Number.isInteger(Math.log2(chunkSize));
  if (!isPowerOfTwo || chunkSize < MIN_CHUNK_SIZE || chunkSize > MAX_CHUNK_SIZE) {
    throw malformed(
      `chunk size ${chunkSize} is not a power of two from ${MIN_CHUNK_SIZE} to ${MAX_CHUNK_SIZE}`
    );
  }
  if (!Number.isSafeInteger(imageSize) || imageSize < 1 || chunkCount(imageSize, chunkSize) > MAX_CHUNKS) {
    throw malformed(`an image of ${imageSize} bytes does not make 1 to ${MAX_CHUNKS} chunks of ${chunkSize}`);
  }
}
function baseOf(raw) {
  const size = raw.readBigUInt64LE(HEADER.baseSize);
  const digest = digestAt(raw, HEADER.base);
  if (size === 0n && digest === NO_DIGEST) return void 0;
  if (size === 0n || size > BigInt(MAX_IMAGE_SIZE) || digest === NO_DIGEST) {
    throw malformed("base size and base digest do not fit");
  }
  return { size: Number(size), digest };
}
function checkEntry(raw, chunk, chunkLength) {
  const at = HEADER_BYTES + chunk * ENTRY_BYTES;
  const codec = codecAt(raw, at, chunk);
  const frameLength = raw.readUInt32LE(at + ENTRY.frameLength);
  if (raw.readUIntLE(at + ENTRY.reserved, 3) !== 0)
    throw malformed(`reserved bytes of chunk ${chunk} are set`);
  if (!frameLengthFits(codec, frameLength, chunkLength)) {
    throw malformed(`chunk ${chunk} of ${chunkLength} bytes cannot have a ${codec} frame of ${frameLength}`);
  }
  return frameLength;
}
function frameLengthFits(codec, frameLength, chunkLength) {
  if (codec === "zero") return frameLength === 0;
  if (codec === "raw") return frameLength === chunkLength;
  return frameLength > 0 && frameLength <= chunkLength + MAX_FRAME_OVERHEAD;
}
function codecAt(raw, at, chunk) {
  const number2 = raw.readUInt8(at + ENTRY.codec);
  const codec = CODEC_NAMES.get(number2);
  if (codec !== void 0) return codec;
  throw new FormatError(
    "FORMAT_TOO_NEW",
    `chunk ${chunk} has frame codec ${number2}, which is not known here`
  );
}
function digestAt(raw, at) {
  return raw.toString("hex", at, at + SHA256_BYTES);
}
function chunkCount(imageSize, chunkSize) {
  return Math.ceil(imageSize / chunkSize);
}
function malformed(what) {
  return new FormatError("INDEX_MALFORMED", `the chunk index is malformed: ${what}`);
}

// format/scheme.ts
import { createHash as createHash5 } from "node:crypto";

// ../../main/node_modules/@noble/ed25519/index.js
var freeze = Object.freeze;
var P = 0x7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffedn;
var N = 0x1000000000000000000000000000000014def9dea2f79cd65812631a5cf5d3edn;
var _d = 0x52036cee2b6ffe738cc740797779e89800700a4d4141d8ab75eb4dca135978a3n;
var Gx = 0x216936d3cd6e53fec0a4e231fdd6dc5c692cc7609525a7b2c9562d608f25d51an;
var Gy = 0x6666666666666666666666666666666666666666666666666666666666666658n;
var _a = P - 1n;
var ed25519_CURVE = freeze({
  p: P,
  n: N,
  h: 8n,
  a: _a,
  d: _d,
  Gx,
  Gy
});
var LEN = 32;
var isBytes = (a) => {
  return a instanceof Uint8Array || ArrayBuffer.isView(a) && a.constructor.name === "Uint8Array" && a.BYTES_PER_ELEMENT === 1;
};
var abytes = (value, length, title = "") => {
  if (isBytes(value) && (length === void 0 || value.length === length))
    return value;
  const bytes = isBytes(value);
  const ofLen = length !== void 0 ? ` of length ${length}` : "";
  const got = bytes ? `length=${value.length}` : `type=${typeof value}`;
  const message = (title ? `"${title}" ` : "") + "expected Uint8Array" + ofLen + ", got " + got;
  if (!bytes)
    throw new TypeError(message);
  throw new RangeError(message);
};
var snapshotBytes = (value, title = "", length) => Uint8Array.from(abytes(value, length, title));
var padh = (n, pad) => n.toString(16).padStart(pad, "0");
var bytesToHex = (bytes) => {
  let hex = "";
  for (const byte of abytes(bytes))
    hex += padh(byte, 2);
  return hex;
};
var hexToBytes = (hex) => {
  const e = "hex invalid";
  if (typeof hex !== "string")
    throw new TypeError(e);
  if (hex.length % 2 || !/^[\da-f]*$/i.test(hex))
    throw new RangeError(e);
  const array2 = new Uint8Array(hex.length / 2);
  for (let ai = 0, hi = 0; ai < array2.length; ai++, hi += 2) {
    const n1 = hex.charCodeAt(hi);
    const n2 = hex.charCodeAt(hi + 1);
    array2[ai] = ((n1 & 15) + (n1 >> 6) * 9) * 16 + (n2 & 15) + (n2 >> 6) * 9;
  }
  return array2;
};
var concatBytes = (...arrays) => {
  let sum = 0;
  for (const a of arrays)
    sum += abytes(a).length;
  const res = new Uint8Array(sum);
  let pad = 0;
  for (const a of arrays) {
    res.set(a, pad);
    pad += a.length;
  }
  return res;
};
var randomBytes = (len = LEN) => {
  const c = globalThis?.crypto;
  if (typeof c?.getRandomValues !== "function")
    throw new Error("crypto.getRandomValues must be defined, consider polyfill");
  return c.getRandomValues(new Uint8Array(len));
};
var arange = (n, min, max, msg = "bad number: out of range") => {
  if (typeof n !== "bigint")
    throw new TypeError(msg);
  if (min <= n && n < max)
    return n;
  throw new RangeError(msg);
};
var mod = (a, b = P) => (a %= b) >= 0n ? a : b + a;
var P_MASK = (1n << 255n) - 1n;
var modP = (num) => {
  if (num < 0n)
    throw new RangeError("negative coordinate");
  let r = (num >> 255n) * 19n + (num & P_MASK);
  r = (r >> 255n) * 19n + (r & P_MASK);
  return r % P;
};
var modN = (a) => mod(a, N);
var invert = (number2, modulo) => {
  if (number2 === 0n)
    throw new Error("invert: expected non-zero number");
  if (modulo <= 1n)
    throw new Error("invert: expected modulus > 1, got " + modulo);
  let a = mod(number2, modulo);
  let b = modulo;
  let x = 0n, u = 1n;
  while (a !== 0n) {
    const q = b / a;
    const r = b - a * q;
    const m = x - u * q;
    b = a, a = r, x = u, u = m;
  }
  const gcd = b;
  if (gcd !== 1n)
    throw new Error("invert: does not exist");
  return mod(x, modulo);
};
var _hash = (name2) => {
  const fn = hashes[name2];
  if (typeof fn !== "function")
    throw new Error("hashes." + name2 + " not set");
  return fn;
};
var callHash = (name2, ...m) => abytes(_hash(name2)(concatBytes(...m)), 64, "digest");
var callHashAsync = async (name2, ...m) => abytes(await _hash(name2)(concatBytes(...m)), 64, "digest");
var apoint = (p) => {
  if (p instanceof Point)
    return p;
  throw new TypeError("Point expected");
};
var B256 = 2n ** 256n;
var Point = class _Point {
  static BASE;
  static ZERO;
  X;
  Y;
  Z;
  T;
  // Constructor only bounds-checks and freezes XYZT coordinates; it does not prove the point is
  // on-curve or that T matches X*Y/Z.
  constructor(X, Y, Z, T) {
    const max = B256;
    this.X = arange(X, 0n, max);
    this.Y = arange(Y, 0n, max);
    this.Z = arange(Z, 1n, max);
    this.T = arange(T, 0n, max);
    freeze(this);
  }
  static CURVE() {
    return ed25519_CURVE;
  }
  static fromAffine(p) {
    return new _Point(p.x, p.y, 1n, modP(p.x * p.y));
  }
  /** RFC8032 5.1.3: Uint8Array to Point. */
  static fromBytes(bytes, zip215 = false) {
    const normed = snapshotBytes(bytes, "point", LEN);
    const lastByte = normed[31];
    normed[31] = lastByte & ~128;
    const y = bytesToNumberLE(normed);
    if (!zip215)
      arange(y, 0n, P);
    const y2 = modP(y * y);
    const u = mod(y2 - 1n);
    const v = modP(_d * y2 + 1n);
    let { isValid, value: x } = uvRatio(u, v);
    if (!isValid)
      throw new Error("bad point: y not sqrt");
    const isLastByteOdd = !!(lastByte & 128);
    if (!zip215 && x === 0n && isLastByteOdd)
      throw new Error("bad point: x==0, isLastByteOdd");
    if (isLastByteOdd !== !!(x & 1n))
      x = mod(-x);
    return new _Point(x, y, 1n, modP(x * y));
  }
  static fromHex(hex, zip215) {
    return _Point.fromBytes(hexToBytes(hex), zip215);
  }
  get x() {
    return this.toAffine().x;
  }
  get y() {
    return this.toAffine().y;
  }
  /** Checks if the point is valid and on-curve. */
  assertValidity() {
    const a = _a;
    const d = _d;
    const p = this;
    if (p.is0())
      throw new Error("bad point: ZERO");
    const { X, Y, Z, T } = p;
    const X2 = modP(X * X);
    const Y2 = modP(Y * Y);
    const Z2 = modP(Z * Z);
    const Z4 = modP(Z2 * Z2);
    const aX2 = modP(X2 * a);
    const left = modP(Z2 * (aX2 + Y2));
    const right = mod(Z4 + modP(d * modP(X2 * Y2)));
    if (left !== right)
      throw new Error("bad point: equation left != right (1)");
    const XY = modP(X * Y);
    const ZT = modP(Z * T);
    if (XY !== ZT)
      throw new Error("bad point: equation left != right (2)");
    return this;
  }
  /** Equality check: compare points P&Q. */
  equals(other) {
    const { X: X1, Y: Y1, Z: Z1 } = this;
    const { X: X2, Y: Y2, Z: Z2 } = apoint(other);
    return modP(X1 * Z2) === modP(X2 * Z1) && modP(Y1 * Z2) === modP(Y2 * Z1);
  }
  is0() {
    return this.equals(I);
  }
  /** Flip point over y coordinate. */
  negate() {
    return new _Point(mod(-this.X), this.Y, this.Z, mod(-this.T));
  }
  /** Point doubling. Complete formula. Cost: `4M + 4S + 1*a + 6add + 1*2`. */
  double() {
    const { X: X1, Y: Y1, Z: Z1 } = this;
    const a = _a;
    const A = modP(X1 * X1);
    const B = modP(Y1 * Y1);
    const C = modP(2n * Z1 * Z1);
    const D = modP(a * A);
    const x1y1 = mod(X1 + Y1);
    const E = mod(modP(x1y1 * x1y1) - A - B);
    const G2 = mod(D + B);
    const F = mod(G2 - C);
    const H = mod(D - B);
    const X3 = modP(E * F);
    const Y3 = modP(G2 * H);
    const T3 = modP(E * H);
    const Z3 = modP(F * G2);
    return new _Point(X3, Y3, Z3, T3);
  }
  /** Point addition. Complete formula. Cost: `9M + 1*a + 1*d + 7add`. */
  add(other) {
    const { X: X1, Y: Y1, Z: Z1, T: T1 } = this;
    const { X: X2, Y: Y2, Z: Z2, T: T2 } = apoint(other);
    const a = _a;
    const d = _d;
    const A = modP(X1 * X2);
    const B = modP(Y1 * Y2);
    const C = modP(modP(T1 * d) * T2);
    const D = modP(Z1 * Z2);
    const E = mod(modP(mod(X1 + Y1) * mod(X2 + Y2)) - A - B);
    const F = mod(D - C);
    const G2 = mod(D + C);
    const H = mod(B - modP(a * A));
    const X3 = modP(E * F);
    const Y3 = modP(G2 * H);
    const T3 = modP(E * H);
    const Z3 = modP(F * G2);
    return new _Point(X3, Y3, Z3, T3);
  }
  subtract(other) {
    return this.add(apoint(other).negate());
  }
  /**
   * Point-by-scalar multiplication. Safe mode requires `1 <= n < CURVE.n`.
   * Unsafe mode additionally permits `n = 0` and returns the identity point for that case.
   * Uses {@link wNAF} for base point.
   * Uses fake point to mitigate side-channel leakage.
   * @param n - scalar by which point is multiplied
   * @param safe - safe mode guards against timing attacks; unsafe mode is faster
   */
  multiply(n, safe = true) {
    if (!safe && n === 0n)
      return I;
    arange(n, 1n, N);
    if (!safe && this.is0())
      return I;
    if (n === 1n)
      return this;
    if (this.equals(G))
      return wNAF(n).p;
    let p = I;
    let f = G;
    let d = this;
    for (let i = 0; safe ? i < 256 : n > 0n; i++) {
      if (n & 1n)
        p = p.add(d);
      else if (safe)
        f = f.add(d);
      d = d.double();
      n >>= 1n;
    }
    return p;
  }
  multiplyUnsafe(scalar) {
    return this.multiply(scalar, false);
  }
  /** Convert point to 2d xy affine point. (X, Y, Z) ∋ (x=X/Z, y=Y/Z) */
  toAffine() {
    const { X, Y, Z } = this;
    if (this.equals(I))
      return { x: 0n, y: 1n };
    const iz = invert(Z, P);
    if (modP(Z * iz) !== 1n)
      throw new Error("invalid inverse");
    return { x: modP(X * iz), y: modP(Y * iz) };
  }
  toBytes() {
    const { x, y } = this.toAffine();
    const b = numTo32bLE(y);
    b[31] |= x & 1n ? 128 : 0;
    return b;
  }
  toHex() {
    return bytesToHex(this.toBytes());
  }
  clearCofactor() {
    return this.multiply(8n, false);
  }
  isSmallOrder() {
    return this.clearCofactor().is0();
  }
  isTorsionFree() {
    return this.multiply(N / 2n, false).double().add(this).is0();
  }
};
var G = new Point(Gx, Gy, 1n, mod(Gx * Gy));
var I = new Point(0n, 1n, 1n, 0n);
Point.BASE = G;
Point.ZERO = I;
var numTo32bLE = (num) => hexToBytes(padh(arange(num, 0n, B256), 64)).reverse();
var bytesToNumberLE = (b) => BigInt("0x" + bytesToHex(Uint8Array.from(abytes(b)).reverse()));
var pow2 = (x, power) => {
  let r = x;
  while (power-- > 0) {
    r = modP(r * r);
  }
  return r;
};
var pow_2_252_3 = (x) => {
  const x2 = modP(x * x);
  const b2 = modP(x2 * x);
  const b4 = modP(pow2(b2, 2) * b2);
  const b5 = modP(pow2(b4, 1) * x);
  const b10 = modP(pow2(b5, 5) * b5);
  const b20 = modP(pow2(b10, 10) * b10);
  const b40 = modP(pow2(b20, 20) * b20);
  const b80 = modP(pow2(b40, 40) * b40);
  const b160 = modP(pow2(b80, 80) * b80);
  const b240 = modP(pow2(b160, 80) * b80);
  const b250 = modP(pow2(b240, 10) * b10);
  return modP(pow2(b250, 2) * x);
};
var RM1 = 0x2b8324804fc1df0b2b4d00993dfbd7a72f431806ad2fe478c4ee1b274a0ea0b0n;
var uvRatio = (u, v) => {
  const v3 = modP(v * modP(v * v));
  const v7 = modP(modP(v3 * v3) * v);
  const pow = pow_2_252_3(modP(u * v7));
  let x = modP(u * modP(v3 * pow));
  const vx2 = modP(v * modP(x * x));
  const root1 = x;
  const root2 = modP(x * RM1);
  const useRoot1 = vx2 === u;
  const useRoot2 = vx2 === mod(-u);
  const noRoot = vx2 === mod(-u * RM1);
  if (useRoot1)
    x = root1;
  if (useRoot2 || noRoot)
    x = root2;
  if ((mod(x) & 1n) === 1n)
    x = mod(-x);
  return { isValid: useRoot1 || useRoot2, value: x };
};
var modL_LE = (hash) => modN(bytesToNumberLE(hash));
var hashedToExtK = (hashed) => {
  const copy = snapshotBytes(hashed);
  const head = copy.slice(0, 32);
  head[0] &= 248;
  head[31] &= 127;
  head[31] |= 64;
  const prefix = copy.slice(32);
  const scalar = modL_LE(head);
  const point = G.multiply(scalar);
  const pointBytes = point.toBytes();
  return { head, prefix, scalar, point, pointBytes };
};
var getExtendedPublicKeyAsync = (secretKey) => callHashAsync("sha512Async", abytes(secretKey, LEN, "secretKey")).then(hashedToExtK);
var getExtendedPublicKey = (secretKey) => hashedToExtK(callHash("sha512", abytes(secretKey, LEN, "secretKey")));
var getPublicKey = (secretKey) => getExtendedPublicKey(secretKey).pointBytes;
var hashFinishSync = (res) => res[1](callHash("sha512", res[0]));
var _sign = (e, rBytes, msg) => {
  const { pointBytes: A, scalar: s } = e;
  const r = modL_LE(rBytes);
  const R = G.multiply(r).toBytes();
  const hashable = concatBytes(R, A, msg);
  const finish = (hashed) => {
    const S = modN(r + modL_LE(hashed) * s);
    return abytes(concatBytes(R, numTo32bLE(S)), 64);
  };
  return [hashable, finish];
};
var sign = (message, secretKey) => {
  const m = snapshotBytes(message, "message");
  const e = getExtendedPublicKey(secretKey);
  return hashFinishSync(_sign(e, callHash("sha512", e.prefix, m), m));
};
var getZip215 = (options) => {
  if (options === null || typeof options !== "object")
    throw new TypeError("expected valid options object");
  return options.zip215 ?? true;
};
var _verify = (sig, msg, publicKey, options) => {
  sig = abytes(sig, 64, "signature");
  msg = abytes(msg, void 0, "message");
  publicKey = abytes(publicKey, LEN, "publicKey");
  const zip215 = getZip215(options);
  const r = sig.subarray(0, LEN);
  const s = bytesToNumberLE(sig.subarray(LEN, 64));
  let A, R, SB;
  let hashable = Uint8Array.of();
  let finished = false;
  try {
    A = Point.fromBytes(publicKey, zip215);
    R = Point.fromBytes(r, zip215);
    SB = G.multiply(s, false);
    hashable = concatBytes(r, publicKey, msg);
    finished = true;
  } catch (error) {
  }
  const finish = (hashed) => {
    if (!finished)
      return false;
    if (!zip215 && A.isSmallOrder())
      return false;
    const k = modL_LE(hashed);
    const RkA = R.add(A.multiply(k, false));
    return RkA.subtract(SB).clearCofactor().is0();
  };
  return [hashable, finish];
};
var verify = (signature, message, publicKey, opts = {}) => hashFinishSync(_verify(signature, message, publicKey, opts));
var hashes = {
  sha512Async: async (message) => {
    const s = globalThis?.crypto?.subtle;
    if (!s)
      throw new Error("crypto.subtle must be defined, consider polyfill");
    return new Uint8Array(await s.digest("SHA-512", concatBytes(message)));
  },
  sha512: void 0
};
var randomSecretKey = (seed) => {
  return abytes(seed === void 0 ? randomBytes() : seed, LEN, "seed");
};
var utils = /* @__PURE__ */ freeze({
  getExtendedPublicKeyAsync,
  getExtendedPublicKey,
  randomSecretKey
});
var precompute = () => {
  const points = [];
  let p = G;
  let b;
  for (let w = 0; w < 33; w++) {
    b = p;
    points.push(b);
    for (let i = 1; i < 128; i++) {
      b = b.add(p);
      points.push(b);
    }
    p = b.double();
  }
  return points;
};
var Gpows = void 0;
var ctneg = (cnd, p) => {
  const n = p.negate();
  return cnd ? n : p;
};
var wNAF = (n) => {
  const comp = Gpows || (Gpows = precompute());
  let p = I;
  let f = G;
  for (let w = 0; w < 33; w++) {
    let wbits = Number(n & 255n);
    n >>= 8n;
    if (wbits > 128) {
      wbits -= 256;
      n += 1n;
    }
    const off = w * 128;
    const offP = off + Math.abs(wbits) - 1;
    const isOddW = w % 2 !== 0;
    const isNeg = wbits < 0;
    if (wbits === 0) {
      f = f.add(ctneg(isOddW, comp[off]));
    } else {
      p = p.add(ctneg(isNeg, comp[offP]));
    }
  }
  if (n !== 0n)
    throw new Error("invalid wnaf");
  return { p, f };
};

// format/scheme.ts
hashes.sha512 = (message) => new Uint8Array(createHash5("sha512").update(message).digest());
var ED25519_SIGNATURE_BYTES = 64;
var ed25519 = {
  publicKeyBytes: 32,
  privateKeyBytes: 32,
  isUsable(publicKey) {
    try {
      const point = Point.fromBytes(publicKey, false);
      return !point.isSmallOrder() && point.isTorsionFree();
    } catch (notAPoint) {
      if (notAPoint instanceof Error) return false;
      throw notAPoint;
    }
  },
  newPrivateKey: () => utils.randomSecretKey(),
  publicKeyOf: (privateKey) => getPublicKey(privateKey),
  sign: (message, privateKey) => sign(message, privateKey),
  verify(signature, message, publicKey) {
    if (signature.length !== ED25519_SIGNATURE_BYTES) return false;
    return verify(signature, message, publicKey, { zip215: false });
  }
};
var SCHEMES = { ed25519 };
function isSchemeName(name2) {
  return Object.hasOwn(SCHEMES, name2);
}

// format/strict-json.ts
var DEFAULT_MAX_DEPTH = 16;
var INTEGER = /-?(?:0|[1-9][0-9]{0,15})(?![0-9.eE])/y;
var HALF_PAIR = new RegExp("\\p{Surrogate}", "u");
var BLANK = /[ \t\n\r]*/y;
var LITERALS = [
  ["true", true],
  ["false", false],
  ["null", null]
];
function parseStrictJson(bytes, limits) {
  const code = limits.code ?? "JSON_MALFORMED";
  if (bytes.length > limits.maxBytes) {
    throw new FormatError(
      code,
      `the JSON text has ${bytes.length} bytes; at most ${limits.maxBytes} are read`
    );
  }
  return new Reader(decodeUtf8(bytes, code), limits.maxDepth ?? DEFAULT_MAX_DEPTH, code).document();
}
function isJsonObject(value) {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}
function decodeUtf8(bytes, code) {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new FormatError(code, "the JSON text is not valid UTF-8", { cause });
  }
}
var Reader = class {
  #text;
  #maxDepth;
  #code;
  #at = 0;
  constructor(text2, maxDepth, code) {
    this.#text = text2;
    this.#maxDepth = maxDepth;
    this.#code = code;
  }
  document() {
    const value = this.#value(0);
    this.#skipBlank();
    if (this.#at < this.#text.length) this.#refuse("something follows the end of the document");
    return value;
  }
  #value(depth) {
    this.#skipBlank();
    const first = this.#text[this.#at];
    if (first === "{") return this.#object(depth + 1);
    if (first === "[") return this.#array(depth + 1);
    if (first === '"') return this.#string();
    for (const [word, value] of LITERALS) {
      if (this.#text.startsWith(word, this.#at)) {
        this.#at += word.length;
        return value;
      }
    }
    return this.#integer();
  }
  #object(depth) {
    this.#enter(depth);
    const members = /* @__PURE__ */ new Map();
    if (this.#accept("}")) return {};
    do {
      this.#skipBlank();
      if (this.#text[this.#at] !== '"') this.#refuse("a name in quotation marks is expected");
      const name2 = this.#string();
      if (members.has(name2)) this.#refuse(`the name ${JSON.stringify(name2)} occurs twice in one object`);
      if (name2 === "__proto__") this.#refuse('the name "__proto__" is not allowed');
      if (!this.#accept(":")) this.#refuse("a colon is expected");
      members.set(name2, this.#value(depth));
    } while (this.#accept(","));
    if (!this.#accept("}")) this.#refuse("a comma or a closing brace is expected");
    return Object.fromEntries(members);
  }
  #array(depth) {
    this.#enter(depth);
    const items = [];
    if (this.#accept("]")) return items;
    do {
      items.push(this.#value(depth));
    } while (this.#accept(","));
    if (!this.#accept("]")) this.#refuse("a comma or a closing bracket is expected");
    return items;
  }
  #string() {
    const start = this.#at;
    let end = start + 1;
    while (end < this.#text.length && this.#text[end] !== '"') end += this.#text[end] === "\\" ? 2 : 1;
    this.#at = end + 1;
    const value = this.#unquote(this.#text.slice(start, this.#at));
    if (HALF_PAIR.test(value)) this.#refuse("a string holds half of a surrogate pair");
    return value;
  }
  /** Escapes and control characters of one string literal are JSON.parse's business. */
  #unquote(literal2) {
    try {
      return String(JSON.parse(literal2));
    } catch (cause) {
      throw new FormatError(this.#code, `the string before character ${this.#at} is malformed`, { cause });
    }
  }
  #integer() {
    INTEGER.lastIndex = this.#at;
    const digits = INTEGER.exec(this.#text)?.[0];
    if (digits === void 0) return this.#refuse("a value is expected (numbers are whole, at most 2^53-1)");
    const value = Number(digits);
    if (!Number.isSafeInteger(value) || Object.is(value, -0)) {
      this.#refuse("a number is outside of +-(2^53-1) or a negative zero");
    }
    this.#at += digits.length;
    return value;
  }
  #enter(depth) {
    if (depth > this.#maxDepth) this.#refuse(`it nests deeper than ${this.#maxDepth}`);
    this.#at += 1;
  }
  #accept(mark) {
    this.#skipBlank();
    if (this.#text[this.#at] !== mark) return false;
    this.#at += 1;
    return true;
  }
  #skipBlank() {
    BLANK.lastIndex = this.#at;
    this.#at += BLANK.exec(this.#text)?.[0].length ?? 0;
  }
  #refuse(what) {
    throw new FormatError(this.#code, `the JSON text is malformed at character ${this.#at}: ${what}`);
  }
};

// format/envelope.ts
var MANIFEST_PAYLOAD_TYPE = "application/vnd.donabe.manifest.v1+json";
var MAX_PAYLOAD_BYTES = 1024 * 1024;
var MAX_ENVELOPE_BYTES = 2 * 1024 * 1024;
var MAX_SIGNATURES = 16;
function preAuthEncoding(payloadType, payload) {
  const type = Buffer.from(payloadType, "utf8");
  return Buffer.concat([
    Buffer.from(`DSSEv1 ${type.length} `),
    type,
    Buffer.from(` ${payload.length} `),
    payload
  ]);
}
function openEnvelope(bytes, options) {
  const { ring, threshold } = options;
  if (!Number.isSafeInteger(threshold) || threshold < 1) {
    throw new FormatError("SIGNATURE_THRESHOLD", `the threshold is ${threshold}; it must be at least 1`);
  }
  const envelope = decodeEnvelope(bytes);
  if (envelope.payloadType !== options.payloadType) {
    throw new FormatError("ENVELOPE_PAYLOAD_TYPE", `the envelope does not hold ${options.payloadType}`, {
      facts: { found: envelope.payloadType.slice(0, 128) }
    });
  }
  const message = preAuthEncoding(envelope.payloadType, envelope.payload);
  const signers = /* @__PURE__ */ new Set();
  for (const { keyid, signature } of envelope.signatures) {
    const hinted = ring.keys.filter((key) => key.keyId === keyid);
    const tried = [...hinted, ...ring.keys.filter((key) => key.keyId !== keyid)];
    const signer = tried.find((key) => SCHEMES[key.scheme].verify(signature, message, key.publicKey));
    if (signer !== void 0) signers.add(signer);
  }
  if (signers.size < threshold) {
    throw new FormatError(
      "SIGNATURE_THRESHOLD",
      `the envelope carries valid signatures of ${signers.size} trusted keys; ${threshold} are needed`,
      { facts: { valid: signers.size, threshold, signatures: envelope.signatures.length } }
    );
  }
  return { payload: envelope.payload, keyIds: [...signers].map((key) => key.keyId).sort() };
}
function decodeEnvelope(bytes) {
  const json = parseStrictJson(bytes, { maxBytes: MAX_ENVELOPE_BYTES, code: "ENVELOPE_MALFORMED" });
  const signatures = member(json, "signatures");
  if (!Array.isArray(signatures) || signatures.length > MAX_SIGNATURES) {
    throw malformed2(`"signatures" must be a list of at most ${MAX_SIGNATURES}`);
  }
  const payload = base64(text(json, "payload"), "payload");
  if (payload.length > MAX_PAYLOAD_BYTES) throw malformed2(`the payload exceeds ${MAX_PAYLOAD_BYTES} bytes`);
  return {
    payloadType: text(json, "payloadType"),
    payload,
    signatures: signatures.map((entry) => ({
      keyid: member(entry, "keyid") === void 0 ? "" : text(entry, "keyid"),
      signature: base64(text(entry, "sig"), "sig")
    }))
  };
}
function base64(value, name2) {
  const bytes = Buffer.from(value, "base64");
  if (bytes.toString("base64") !== value) throw malformed2(`"${name2}" is not canonical base64`);
  return bytes;
}
function member(value, name2) {
  if (!isJsonObject(value)) throw malformed2("an object is missing");
  return Object.hasOwn(value, name2) ? value[name2] : void 0;
}
function text(value, name2) {
  const found = member(value, name2);
  if (typeof found !== "string") throw malformed2(`"${name2}" must be a text`);
  return found;
}
function malformed2(what) {
  return new FormatError("ENVELOPE_MALFORMED", `the envelope is malformed: ${what}`);
}

// format/keys.ts
var MAX_KEY_FILE_CHARACTERS = 4096;
var MAX_KEYS = 16;
var PRIVATE_SUFFIX = "-private";
var HEX = /^(?:[0-9a-f]{2})*$/;
function keyIdOf(publicKey) {
  return sha256Hex(publicKey);
}
function decodePublicKey(text2, name2) {
  const { label, bytes } = keyLine(text2, name2);
  if (label.endsWith(PRIVATE_SUFFIX)) {
    throw new FormatError("KEY_MALFORMED", `${name2} holds a private key; give the public one`);
  }
  return trustedKey(schemeOf(label, name2), bytes, name2);
}
function keyRing(keys) {
  if (keys.length > MAX_KEYS) {
    throw new FormatError(
      "KEY_MALFORMED",
      `there are ${keys.length} trusted keys; at most ${MAX_KEYS} are used`
    );
  }
  const names = /* @__PURE__ */ new Map();
  for (const key of keys) {
    const keyId = keyIdOf(key.publicKey);
    const earlier = names.get(keyId);
    if (earlier !== void 0) {
      throw new FormatError("KEY_DUPLICATE", `${key.name} and ${earlier} hold the same key; remove one`, {
        facts: { keyId }
      });
    }
    names.set(keyId, key.name);
  }
  return { keys: [...keys] };
}
function trustedKey(scheme, publicKey, name2) {
  if (publicKey.length !== SCHEMES[scheme].publicKeyBytes || !SCHEMES[scheme].isUsable(publicKey)) {
    throw new FormatError("KEY_MALFORMED", `${name2} holds no usable ${scheme} public key`);
  }
  return { scheme, publicKey, keyId: keyIdOf(publicKey), name: name2 };
}
function keyLine(text2, name2) {
  if (text2.length > MAX_KEY_FILE_CHARACTERS) {
    throw new FormatError("KEY_MALFORMED", `${name2} is longer than ${MAX_KEY_FILE_CHARACTERS} characters`);
  }
  const lines = text2.split("\n").map((line) => line.trim()).filter((line) => line !== "" && !line.startsWith("#"));
  const [label, digits, ...rest] = lines[0]?.split(" ") ?? [];
  if (lines.length !== 1 || label === void 0 || digits === void 0 || rest.length > 0) {
    throw new FormatError(
      "KEY_MALFORMED",
      `${name2} must hold one line "<scheme> <hex digits>" beside comments`
    );
  }
  if (!HEX.test(digits)) {
    throw new FormatError("KEY_MALFORMED", `${name2} holds a key that is not in lower-case hex digits`);
  }
  return { label, bytes: new Uint8Array(Buffer.from(digits, "hex")) };
}
function schemeOf(label, name2) {
  if (isSchemeName(label)) return label;
  const known = Object.keys(SCHEMES).join(", ");
  throw new FormatError("KEY_MALFORMED", `${name2} names a scheme that is not known here; known: ${known}`);
}

// format/manifest.ts
var MANIFEST_FORMAT = 1;
var MAX_INDEX_SIZE = 80 * 1024 * 1024;
var MAX_PACK_SIZE = MAX_IMAGE_SIZE + 2 ** 20 * 64 * 1024;
var MAX_IMAGES = 16;
var MAX_DELTAS = 64;
var MAX_FIXES = 256;
var MAX_CRITICAL = 64;
var MAX_NOTES_CHARACTERS = 64 * 1024;
var NAME_DIGITS = 16;
function payloadFile(least, most) {
  return pipe(
    looseObject({
      name: pipe(
        string(),
        maxLength(128),
        regex(
          /^[A-Za-z0-9_-][A-Za-z0-9._-]*$/,
          'one path segment of letters, digits, ".", "_", "-" is expected'
        )
      ),
      size: whole(least, most),
      sha256: digestField
    }),
    check(
      ({ name: name2, sha256 }) => name2.includes(sha256.slice(0, NAME_DIGITS)),
      `the name must contain the first ${NAME_DIGITS} hex digits of the SHA-256`
    )
  );
}
var packField = payloadFile(0, MAX_PACK_SIZE);
var indexField = payloadFile(1, MAX_INDEX_SIZE);
var deltaSchema = looseObject({
  base: looseObject({ size: whole(1, MAX_IMAGE_SIZE), sha256: digestField }),
  pack: packField,
  index: indexField
});
var imageSchema = looseObject({
  class: pipe(string(), regex(/^[a-z][a-z0-9_-]{0,31}$/, "a slot class in lower case is expected")),
  size: whole(1, MAX_IMAGE_SIZE),
  sha256: digestField,
  pack: packField,
  index: indexField,
  deltas: pipe(array(deltaSchema), maxLength(MAX_DELTAS)),
  verity: exactOptional(
    looseObject({
      rootHash: pipe(string(), regex(/^(?:[0-9a-f]{2}){1,64}$/, "hex digits are expected")),
      hashOffset: whole(0, MAX_IMAGE_SIZE),
      salt: pipe(string(), regex(/^(?:[0-9a-f]{2}){0,256}$/, "hex digits are expected"))
    })
  )
});
var requirementsSchema = looseObject({
  from: exactOptional(rangeField),
  agent: exactOptional(rangeField),
  bootLoader: exactOptional(rangeField),
  mcuProtocol: exactOptional(rangeField),
  dataSchema: exactOptional(rangeField)
});
var manifestSchema = looseObject({
  format: literal(MANIFEST_FORMAT),
  compatible: compatibleField,
  version: versionField,
  sequence: whole(0),
  securityVersion: whole(0),
  channel: channelField,
  severity: picklist(["critical", "security", "normal"]),
  fixes: pipe(array(shortText(128)), maxLength(MAX_FIXES)),
  created: timeField,
  expires: exactOptional(timeField),
  requires: requirementsSchema,
  images: pipe(
    array(imageSchema),
    minLength(1),
    maxLength(MAX_IMAGES),
    check(
      (images) => new Set(images.map((image) => image.class)).size === images.length,
      "a slot class occurs twice"
    )
  ),
  mcuFirmware: exactOptional(mcuFirmwareField),
  apply: picklist(["now", "next-boot", "ask"]),
  notes: pipe(string(), maxLength(MAX_NOTES_CHARACTERS)),
  critical: pipe(array(shortText(64)), maxLength(MAX_CRITICAL))
});
var preambleSchema = looseObject({
  format: whole(1),
  critical: manifestSchema.entries.critical,
  requires: looseObject({ agent: exactOptional(rangeField) })
});
var UNDERSTOOD = /* @__PURE__ */ new Set([
  ...Object.keys(manifestSchema.entries),
  ...Object.keys(imageSchema.entries),
  ...Object.keys(requirementsSchema.entries)
]);
function decodeManifest(payload) {
  const json = parseStrictJson(payload, { maxBytes: MAX_PAYLOAD_BYTES, code: "MANIFEST_MALFORMED" });
  const preamble = checked(preambleSchema, json, "MANIFEST_MALFORMED", "manifest");
  const unknown = preamble.critical.filter((name2) => !UNDERSTOOD.has(name2));
  if (preamble.format > MANIFEST_FORMAT || unknown.length > 0) {
    throw tooNew(preamble.format, unknown, preamble.requires.agent);
  }
  return checked(manifestSchema, json, "MANIFEST_MALFORMED", "manifest");
}
function releaseIdentity(release) {
  const images = release.images.map((image) => `image ${image.class} ${image.sha256}
`).sort();
  const mcu = release.mcuFirmware === void 0 ? "" : `mcu ${release.mcuFirmware.sha256}
`;
  return sha256Hex(Buffer.from(`donabe-release-identity-v1
${images.join("")}${mcu}`, "ascii"));
}
function tooNew(format, unknown, agent) {
  const what = unknown.length > 0 ? `asks for ${unknown.join(", ")}` : `has format ${format}`;
  const needed = agent === void 0 ? "a newer agent" : `agent ${agent}`;
  return new FormatError(
    "FORMAT_TOO_NEW",
    `the manifest ${what}, which this agent does not know; ${needed} is needed`,
    {
      facts: { format, unknown: unknown.join(" "), agent }
    }
  );
}

// format/release-info.ts
var MAX_RELEASE_INFO_BYTES = 64 * 1024;
var releaseInfoSchema = looseObject({
  compatible: compatibleField,
  version: versionField,
  sequence: whole(0),
  securityVersion: whole(0),
  channel: channelField,
  created: timeField,
  dataSchema: exactOptional(versionField),
  mcuFirmware: exactOptional(mcuFirmwareField)
});
function decodeReleaseInfo(bytes) {
  const json = parseStrictJson(bytes, { maxBytes: MAX_RELEASE_INFO_BYTES, code: "RELEASE_INFO_MALFORMED" });
  return checked(releaseInfoSchema, json, "RELEASE_INFO_MALFORMED", "release-info");
}

// agent/model/failures.ts
var MOST_INSTALL_ATTEMPTS = 3;
var MOST_FAILED_TRIALS = 1;
var MOST_SILENT_TRIALS = 3;
var MOST_REMEMBERED = 32;
function mergeFailures(left, right) {
  if (left === void 0 || right === void 0) return left ?? right;
  return {
    identity: left.identity,
    version: left.version,
    installAttempts: Math.max(left.installAttempts, right.installAttempts),
    failedTrials: Math.max(left.failedTrials, right.failedTrials),
    silentTrials: Math.max(left.silentTrials, right.silentTrials)
  };
}
function countFailure(counts, kind, release) {
  const base = counts ?? {
    identity: release.identity,
    version: release.version,
    installAttempts: 0,
    failedTrials: 0,
    silentTrials: 0
  };
  return { ...base, [kind]: base[kind] + 1 };
}
function refusalOf(counts) {
  if (counts === void 0) return void 0;
  if (counts.failedTrials >= MOST_FAILED_TRIALS) return "its trial on this device failed a check";
  if (counts.silentTrials >= MOST_SILENT_TRIALS) {
    return `it was tried ${counts.silentTrials} times on this device and never came up`;
  }
  if (counts.installAttempts >= MOST_INSTALL_ATTEMPTS) {
    return `${counts.installAttempts} attempts to install it failed on this device`;
  }
  return void 0;
}
function rememberFailure(list, counts) {
  return [...list.filter((known) => known.identity !== counts.identity), counts].slice(-MOST_REMEMBERED);
}

// agent/model/floors.ts
var NO_FLOORS = { securityVersion: 0, sequence: 0, time: 0 };
function highestFloors(...all) {
  return {
    securityVersion: Math.max(...all.map((floors) => floors.securityVersion)),
    sequence: Math.max(...all.map((floors) => floors.sequence)),
    time: Math.max(...all.map((floors) => floors.time))
  };
}
function floorsOfBooted(info, good) {
  const time = Date.parse(info.created);
  return good ? { securityVersion: info.securityVersion, sequence: info.sequence, time } : { ...NO_FLOORS, time };
}
function floorsAfterGood(floors, seal2, clock) {
  const trusted = clock.synchronised && clock.now >= seal2.created;
  return highestFloors(floors, {
    securityVersion: seal2.securityVersion,
    sequence: seal2.sequence,
    time: trusted ? seal2.created : 0
  });
}
function judgeExpiry(expires, floor, clock) {
  const judgeTime = clock.synchronised ? Math.max(clock.now, floor) : floor;
  const expired = expires !== void 0 && judgeTime > Date.parse(expires);
  return { expired, freshness: clock.synchronised ? "fresh" : "unknown" };
}

// agent/model/verified-manifest.ts
function verifyManifest(envelope, keys, device, floors, time, failuresOf, waivers) {
  const { manifest, keyIds } = openManifest(envelope, keys);
  const identity = releaseIdentity(manifest);
  judgeDevice(manifest, device);
  const { expired, freshness } = judgeExpiry(manifest.expires, floors.time, time);
  if (identity !== device.bootedIdentity) {
    if (manifest.securityVersion < floors.securityVersion) {
      throw refuse(
        "SECURITY_VERSION_BELOW_FLOOR",
        manifest,
        `its securityVersion ${manifest.securityVersion} is below ${floors.securityVersion}`
      );
    }
    if (!waivers.forced) judgeAge(manifest, device, floors, expired);
    const refusal = refusalOf(failuresOf(identity));
    if (refusal !== void 0 && !waivers.retried) throw refuse("RELEASE_FAILED_BEFORE", manifest, refusal);
  }
  return { manifest, identity, keyIds, freshness };
}
function openManifest(envelope, keys) {
  try {
    const { payload, keyIds } = openEnvelope(envelope, {
      payloadType: MANIFEST_PAYLOAD_TYPE,
      ring: keys.ring,
      threshold: keys.threshold
    });
    return { manifest: decodeManifest(payload), keyIds };
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    throw new AgentError("MANIFEST_REJECTED", `The release is refused: ${error.message}`, {
      cause: error,
      facts: { formatCode: error.code }
    });
  }
}
function judgeDevice(manifest, device) {
  if (manifest.compatible !== device.compatible) {
    throw refuse(
      "COMPATIBLE_MISMATCH",
      manifest,
      `it is for ${manifest.compatible}, this is a ${device.compatible}`
    );
  }
  const offered = manifest.images.map((image) => image.class).sort();
  const wanted = [...device.slotClasses].sort();
  if (offered.join() !== wanted.join()) {
    throw refuse(
      "SLOT_CLASS_MISMATCH",
      manifest,
      `it has images for ${offered.join(", ")}, this device needs ${wanted.join(", ")}`
    );
  }
  if (manifest.mcuFirmware !== void 0) {
    throw refuse(
      "MCU_FIRMWARE_UNSUPPORTED",
      manifest,
      `it names MCU firmware ${manifest.mcuFirmware.version}`
    );
  }
  judgeRequirements(manifest, device);
}
var REQUIRED = [
  { name: "from", what: "the booted version", found: ({ bootedVersion }) => bootedVersion },
  { name: "agent", what: "the agent", found: ({ agentVersion }) => agentVersion },
  { name: "bootLoader", what: "the boot loader", found: () => void 0 },
  { name: "mcuProtocol", what: "the MCU protocol", found: () => void 0 },
  { name: "dataSchema", what: "the data schema", found: () => void 0 }
];
function judgeRequirements(manifest, device) {
  for (const { name: name2, what, found } of REQUIRED) {
    const range = manifest.requires[name2];
    if (range === void 0) continue;
    const version2 = found(device);
    if (version2 !== void 0 && (0, import_semver2.satisfies)(version2, range, { includePrerelease: true })) continue;
    throw refuse(
      "REQUIREMENT_NOT_MET",
      manifest,
      `it needs ${what} ${range}, here it is ${version2 ?? "not known to this agent"}`
    );
  }
}
function judgeAge(manifest, device, floors, expired) {
  if (manifest.sequence < floors.sequence) {
    throw refuse(
      "SEQUENCE_BELOW_FLOOR",
      manifest,
      `its sequence ${manifest.sequence} is below ${floors.sequence}`
    );
  }
  if ((0, import_semver2.compare)(manifest.version, device.bootedVersion) <= 0) {
    throw refuse("VERSION_NOT_GREATER", manifest, `the booted version is ${device.bootedVersion}`);
  }
  if ((0, import_semver2.prerelease)(manifest.version) !== null && manifest.channel !== device.channel) {
    throw refuse(
      "CHANNEL_MISMATCH",
      manifest,
      `it is a pre-release of channel ${manifest.channel}, this device follows ${device.channel}`
    );
  }
  if (expired) {
    throw refuse("MANIFEST_EXPIRED", manifest, `it expired at ${manifest.expires ?? "no date"}`);
  }
}
function refuse(code, manifest, because) {
  return new AgentError(code, `Release ${manifest.version} is refused: ${because}.`, {
    facts: { version: manifest.version, sequence: manifest.sequence }
  });
}

// agent/walk/boot-control-step.ts
async function inBootControl(step, work) {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof BootControlError)) throw error;
    const code = error.code === "NO_FALLBACK" ? "NO_FALLBACK" : "BOOT_CONTROL_FAILED";
    throw new AgentError(code, `Could not ${step}: ${error.message}`, {
      cause: error,
      facts: { step, bootControlCode: error.code }
    });
  }
}

// agent/model/interlock.ts
var SILENCE_BEFORE_ROLLBACK_MS = 15 * 6e4;
var SILENCE_BEFORE_UPDATE_MS = 24 * 60 * 6e4;
var REBOOT_BY_CLASS = { free: "as-the-mcu-answers", ask: "as-the-mcu-answers", busy: "no" };
function judgeReboot(view, purpose) {
  if (view.kind === "absent") return { go: true, because: "this product has no MCU" };
  if (view.kind === "silent") return judgeSilence(view.silentMs, purpose);
  const { status } = view;
  const rule = REBOOT_BY_CLASS[status.class];
  if (rule === "no") return { go: false, reason: busyReason(status) };
  if (!view.mayReboot) return { go: false, reason: `the MCU (${status.modeName}) says no: ${view.reason}` };
  return { go: true, because: `the MCU (${status.modeName}) says yes` };
}
function judgeSilence(silentMs, purpose) {
  const limit = purpose === "rollback" ? SILENCE_BEFORE_ROLLBACK_MS : SILENCE_BEFORE_UPDATE_MS;
  if (silentMs >= limit) return { go: true, because: `the MCU has been silent for ${minutes(silentMs)} min` };
  return { go: false, reason: `the MCU is silent (${minutes(silentMs)} of ${minutes(limit)} min)` };
}
function busyReason(status) {
  const left = status.minutesLeft > 0 ? `, ${status.minutesLeft} min left` : "";
  return `the cooker is busy: ${status.modeName}${left}`;
}
function minutes(ms) {
  return Math.floor(ms / 6e4);
}

// agent/walk/readable-row.ts
function readableRow(device) {
  return fromStore(device, void 0, () => device.store.deployment());
}
function fromStore({ reporter }, otherwise, read) {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof AgentError)) throw error;
    reporter.happened("store-out-of-order", error.message, { code: error.code });
    return otherwise;
  }
}

// agent/walk/can-update-again.ts
var PROOFS = [
  { name: "keys", prove: keysAreUsable },
  {
    name: "boot control",
    prove: async ({ bootControl }) => {
      await inBootControl("scrub the boot control", () => bootControl.scrub({ repair: true }));
      await inBootControl("decode the boot control", () => bootControl.read());
    }
  },
  { name: "other slot", prove: otherSlotOpens }
];
async function canUpdateAgain(device) {
  for (const { name: name2, prove } of PROOFS) {
    try {
      await prove(device);
    } catch (error) {
      if (!(error instanceof AgentError)) throw error;
      throw new AgentError(
        "CANNOT_UPDATE_AGAIN",
        `No further update would be possible (${name2}): ${error.message}`,
        {
          cause: error,
          facts: { proof: name2, code: error.code }
        }
      );
    }
  }
  if (device.storeFault !== void 0) {
    device.reporter.happened("store-out-of-order", device.storeFault.message, {
      code: device.storeFault.code
    });
  }
}
async function keysAreUsable(device) {
  const keys = await device.keys();
  const row = readableRow(device);
  if (row?.slot === device.booted) {
    openManifest(row.envelope, keys);
    return;
  }
  if (keys.ring.keys.length >= keys.threshold) return;
  throw new AgentError(
    "CONFIG_INVALID",
    `The key folder holds ${keys.ring.keys.length} usable keys, ${keys.threshold} are needed.`
  );
}
async function otherSlotOpens(device) {
  for (const slotClass of device.profile.slotClasses) {
    const target = await device.slots.openForUpdate(otherSlot(device.booted), slotClass);
    await target.close();
  }
}

// agent/walk/finalise.ts
import { createHash as createHash6 } from "node:crypto";

// agent/model/frame-assembler.ts
var NOTHING = new Uint8Array(0);
var FrameAssembler = class {
  #lengthOf;
  #last;
  #buffer;
  #chunk;
  #filled = 0;
  #piece = NOTHING;
  /** @param longest length of the longest frame in the run, bytes */
  constructor(run, lengthOf, longest) {
    this.#chunk = run.firstChunk;
    this.#last = run.lastChunk;
    this.#lengthOf = lengthOf;
    this.#buffer = new Uint8Array(longest);
  }
  /** Gives the next piece; the one before must have been taken out by `take` until it gave undefined. */
  push(piece) {
    this.#piece = piece;
  }
  /** The next whole frame, or undefined: more bytes are needed, or the run is complete. */
  take() {
    if (this.#chunk > this.#last) return void 0;
    const length = this.#lengthOf(this.#chunk);
    const part = this.#piece.subarray(0, length - this.#filled);
    if (this.#filled === 0 && part.length === length) {
      this.#piece = this.#piece.subarray(length);
      return this.#complete(part);
    }
    this.#buffer.set(part, this.#filled);
    this.#filled += part.length;
    this.#piece = this.#piece.subarray(part.length);
    return this.#filled === length ? this.#complete(this.#buffer.subarray(0, length)) : void 0;
  }
  #complete(bytes) {
    const frame = { chunk: this.#chunk, bytes };
    this.#chunk += 1;
    this.#filled = 0;
    return frame;
  }
};

// agent/model/plan.ts
function planImage(image, index, present) {
  const runs = [];
  let reusedBytes = 0;
  let run;
  for (let chunk = 1; chunk < index.count; chunk += 1) {
    const entry = index.entry(chunk);
    if (present(chunk)) {
      reusedBytes += entry.length;
      if (run !== void 0) runs.push(run);
      run = void 0;
      continue;
    }
    const end = entry.frameOffset + entry.frameLength;
    run = run === void 0 ? { firstChunk: chunk, lastChunk: chunk, start: entry.frameOffset, end } : { ...run, lastChunk: chunk, end };
  }
  if (run !== void 0) runs.push(run);
  return { slotClass: image.class, image, index, runs, first: runOf(index, 0), reusedBytes };
}
function restOfRun(index, run, chunk) {
  return { ...run, firstChunk: chunk, start: index.entry(chunk).frameOffset };
}
function planUpdate(release, slot2, images) {
  const sum = (of) => images.reduce((total, plan2) => total + of(plan2), 0);
  return {
    identity: release.identity,
    version: release.version,
    slot: slot2,
    images,
    fetchBytes: sum(
      (plan2) => [plan2.first, ...plan2.runs].reduce((total, run) => total + run.end - run.start, 0)
    ),
    imageBytes: sum((plan2) => plan2.image.size),
    smallestWay: sum((plan2) => plan2.image.pack.size + plan2.image.index.size)
  };
}
function runOf(index, chunk) {
  const entry = index.entry(chunk);
  return {
    firstChunk: chunk,
    lastChunk: chunk,
    start: entry.frameOffset,
    end: entry.frameOffset + entry.frameLength
  };
}

// agent/model/retry.ts
var FRUITLESS_TRIES_MAX = 5;
var BACK_OFF_FIRST_MS = 1e3;
var BACK_OFF_MOST_MS = 3e4;
var RETRY_AFTER_MOST_MS = 24 * 36e5;
var STATUS_TABLE = [
  { from: 401, to: 401, code: "ACCESS_DENIED" },
  { from: 403, to: 403, code: "ACCESS_DENIED" },
  { from: 407, to: 407, code: "ACCESS_DENIED" },
  // the proxy's 401
  { from: 408, to: 408, code: "SERVER_BUSY" },
  { from: 425, to: 425, code: "SERVER_BUSY" },
  { from: 429, to: 429, code: "SERVER_BUSY" },
  { from: 400, to: 499, code: "HTTP_STATUS" },
  { from: 502, to: 504, code: "SERVER_BUSY" },
  { from: 511, to: 511, code: "CAPTIVE_PORTAL" },
  // RFC 6585 section 6: the network wants a log-in
  { from: 500, to: 599, code: "SERVER_FAILED" }
];
var CONNECTION_TABLE = {
  ENOTFOUND: "DNS_FAILED",
  EAI_AGAIN: "DNS_FAILED",
  EAI_FAIL: "DNS_FAILED",
  EAI_NODATA: "DNS_FAILED",
  EAI_NONAME: "DNS_FAILED",
  ETIMEDOUT: "TIMEOUT",
  CERT_HAS_EXPIRED: "CERTIFICATE_DATE",
  CERT_NOT_YET_VALID: "CERTIFICATE_DATE",
  CERT_CHAIN_TOO_LONG: "CERTIFICATE_REJECTED",
  CERT_REJECTED: "CERTIFICATE_REJECTED",
  CERT_REVOKED: "CERTIFICATE_REJECTED",
  CERT_SIGNATURE_FAILURE: "CERTIFICATE_REJECTED",
  CERT_UNTRUSTED: "CERTIFICATE_REJECTED",
  DEPTH_ZERO_SELF_SIGNED_CERT: "CERTIFICATE_REJECTED",
  ERR_TLS_CERT_ALTNAME_INVALID: "CERTIFICATE_REJECTED",
  HOSTNAME_MISMATCH: "CERTIFICATE_REJECTED",
  INVALID_CA: "CERTIFICATE_REJECTED",
  INVALID_PURPOSE: "CERTIFICATE_REJECTED",
  SELF_SIGNED_CERT_IN_CHAIN: "CERTIFICATE_REJECTED",
  UNABLE_TO_GET_ISSUER_CERT: "CERTIFICATE_REJECTED",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "CERTIFICATE_REJECTED",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "CERTIFICATE_REJECTED"
};
var TRANSPORT_CODES = /* @__PURE__ */ new Set([
  "CONNECTION_FAILED",
  "DNS_FAILED",
  "TIMEOUT",
  "SHORT_BODY",
  "SERVER_BUSY",
  "SERVER_FAILED",
  "ACCESS_DENIED",
  "HTTP_STATUS",
  "CAPTIVE_PORTAL",
  "REDIRECT_REFUSED",
  "CERTIFICATE_DATE",
  "CERTIFICATE_REJECTED",
  "OFFER_TOO_LARGE",
  "PAYLOAD_LENGTH",
  "VALIDATOR_CHANGED",
  "RANGE_ANSWER",
  "RANGE_NOT_SATISFIABLE",
  "SOURCE_UNREADABLE",
  "FETCH_SERIES_ENDED",
  "BYTE_BUDGET_SPENT"
]);
function statusErrorCode(status) {
  return STATUS_TABLE.find((row) => status >= row.from && status <= row.to)?.code ?? "RANGE_ANSWER";
}
function connectionErrorCode(systemCode, clockSynchronised) {
  const code = CONNECTION_TABLE[systemCode ?? ""] ?? "CONNECTION_FAILED";
  return code === "CERTIFICATE_DATE" && clockSynchronised ? "CERTIFICATE_REJECTED" : code;
}
function isTransportFault(error) {
  return TRANSPORT_CODES.has(error.code);
}
var HTTP_DATE = /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;
function httpDate(value) {
  if (value === void 0 || !HTTP_DATE.test(value)) return void 0;
  const at = Date.parse(value);
  return Number.isNaN(at) ? void 0 : at;
}
function parseRetryAfter(value, date) {
  if (value === void 0) return void 0;
  if (/^\d+$/.test(value)) return Math.min(Number(value) * 1e3, RETRY_AFTER_MOST_MS);
  const until = httpDate(value);
  const since = httpDate(date);
  if (until === void 0 || since === void 0) return void 0;
  return Math.min(Math.max(until - since, 0), RETRY_AFTER_MOST_MS);
}
function backOff(tries, random, retryAfterMs = 0) {
  const span = Math.min(BACK_OFF_FIRST_MS * 2 ** (Math.max(tries, 1) - 1), BACK_OFF_MOST_MS);
  return Math.min(retryAfterMs, RETRY_AFTER_MOST_MS) + Math.round(random * span);
}
function retryDelay(error, tries, random) {
  if (error.code === "VALIDATOR_CHANGED") return 0;
  const asked = error.facts["retryAfterMs"];
  return backOff(tries, random, typeof asked === "number" ? asked : 0);
}
function seriesEnded(fruitlessTries) {
  return fruitlessTries >= FRUITLESS_TRIES_MAX;
}

// agent/walk/stopped.ts
var Stopped = class extends Error {
  /** Why the signal was aborted: 'terminate', or 'request' when a person's wish waits in the store. */
  reason;
  constructor(reason) {
    super("the walk was asked to stop");
    this.name = "Stopped";
    this.reason = reason;
  }
};

// agent/walk/fetch.ts
var MOST_WRONG_FETCHES = 3;
async function fetchImages(work, images) {
  const { transfer } = work;
  for (const image of images) {
    for (const run of image.plan.runs) {
      await fetchRun(work, image, run, async (chunk, data) => {
        await image.target.write(image.plan.index.entry(chunk).offset, data);
        transfer.wrote(image, chunk, data.length);
        if (transfer.checkpointDue()) await transfer.checkpoint();
      });
    }
  }
  await transfer.checkpoint();
}
async function fetchFirstChunk(work, image) {
  let first;
  await fetchRun(work, image, image.plan.first, async (_chunk, data) => {
    first = Uint8Array.from(data);
    work.transfer.verifiedFirst(data.length);
  });
  if (first === void 0) throw new Error("a run of one chunk ended without it");
  return first;
}
async function fetchRun(work, image, run, sink) {
  let next = run.firstChunk;
  let wrongFrames = 0;
  for (; ; ) {
    const from = next;
    try {
      await streamRun(work, image, restOfRun(image.plan.index, run, next), async (chunk, data) => {
        await sink(chunk, data);
        next = chunk + 1;
        wrongFrames = 0;
        if (work.signal.aborted) throw new Stopped(work.signal.reason);
      });
      return;
    } catch (error) {
      if (work.signal.aborted || error instanceof Stopped) {
        await work.transfer.checkpoint();
        throw new Stopped(work.signal.reason);
      }
      if (error instanceof WrongFrame) wrongFrames += 1;
      await afterFailedTry(work, image, error, { fruitless: next === from, wrongFrames });
    }
  }
}
async function afterFailedTry(work, image, error, how) {
  const { device, transfer, signal } = work;
  if (!(error instanceof AgentError)) throw error;
  if (error.policy !== "operator" || error.code === "BYTE_BUDGET_SPENT") await transfer.checkpoint();
  if (how.wrongFrames >= MOST_WRONG_FETCHES) {
    throw new AgentError("PAYLOAD_REJECTED", error.message, { cause: error, facts: error.facts });
  }
  if (error.policy !== "retry") throw error;
  if (error.code === "VALIDATOR_CHANGED") {
    device.store.setPin(work.deployment.id, image.plan.image.pack.name, pinOf(image, void 0));
  }
  if (how.fruitless) transfer.fruitless(error);
  const delay = retryDelay(error, Math.max(transfer.tries, 1), device.random());
  device.reporter.happened(
    "fetch-retried",
    `Fetching again in ${Math.ceil(delay / 1e3)} s: ${error.message}`,
    {
      code: error.code,
      delayMs: delay
    }
  );
  await device.clock.sleep(delay, signal);
  if (signal.aborted) throw new Stopped(signal.reason);
}
async function streamRun(work, image, run, sink) {
  const { index } = image.plan;
  let longest = 0;
  for (let chunk = run.firstChunk; chunk <= run.lastChunk; chunk += 1) {
    longest = Math.max(longest, index.entry(chunk).frameLength);
  }
  const assembler = new FrameAssembler(run, (chunk) => index.entry(chunk).frameLength, longest);
  const drain = async () => {
    for (let frame = assembler.take(); frame !== void 0; frame = assembler.take()) {
      await sink(frame.chunk, verifiedChunk(image, frame));
    }
  };
  await drain();
  if (run.start === run.end) return;
  for await (const piece of requestedBytes(work, image, run)) {
    assembler.push(piece);
    await drain();
  }
}
async function* requestedBytes(work, image, run) {
  const { device, source, deployment, transfer, signal } = work;
  const { pack } = image.plan.image;
  transfer.requireBudget(run.end - run.start);
  const pin = device.store.pin(deployment.id, pack.name) ?? pinOf(image, void 0);
  const answer = await source.range(pack.name, run.start, run.end, pin, signal);
  if (answer.etag !== pin.etag) device.store.setPin(deployment.id, pack.name, pinOf(image, answer.etag));
  let discarded = 0;
  let got = 0;
  for await (const piece of answer.body) {
    const thrownAway = answer.discarded();
    transfer.fetched(piece.length + thrownAway - discarded);
    discarded = thrownAway;
    got += piece.length;
    yield piece;
  }
  if (got === run.end - run.start) return;
  throw new AgentError("SHORT_BODY", `${pack.name} ended ${run.end - run.start - got} bytes early.`, {
    facts: { name: pack.name, start: run.start, end: run.end, got }
  });
}
function pinOf(image, etag) {
  return { size: image.plan.image.pack.size, etag };
}
var WrongFrame = class extends AgentError {
};
function verifiedChunk({ plan: plan2 }, frame) {
  const entry = plan2.index.entry(frame.chunk);
  const facts = { slotClass: plan2.slotClass, chunk: frame.chunk };
  if (sha256Hex(frame.bytes) !== entry.frameDigest) {
    throw new WrongFrame(
      "FRAME_WRONG",
      `Frame ${frame.chunk} of ${plan2.image.pack.name} does not match its digest.`,
      { facts }
    );
  }
  const data = decoded(plan2.image.pack.name, frame, entry.codec, entry.length);
  if (sha256Hex(data) !== entry.digest) {
    throw new AgentError(
      "PAYLOAD_REJECTED",
      `Chunk ${frame.chunk} of ${plan2.image.pack.name} decodes to other bytes than its index names.`,
      { facts }
    );
  }
  return data;
}
function decoded(name2, frame, codec, length) {
  try {
    return decodeFrame(codec, frame.bytes, length);
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    throw new AgentError(
      "PAYLOAD_REJECTED",
      `Frame ${frame.chunk} of ${name2} is malformed: ${error.message}`,
      {
        cause: error
      }
    );
  }
}

// agent/walk/withdraw.ts
async function withdraw(device, ending) {
  const { booted, bootControl, clock, store, vault } = device;
  const other = otherSlot(booted);
  const row = store.deployment();
  const { record } = await vault.read();
  const boot = await inBootControl("look at the activation", () => bootControl.read());
  const ours = record.trial?.slot === other || row?.slot === other && row.state === "activated";
  if (ours || boot.active === other) {
    await inBootControl("withdraw the activation", () => bootControl.deactivate(other, booted));
  }
  if (row?.slot === other) {
    store.close(row.id, ending.outcome, {
      code: ending.code,
      reason: ending.reason,
      at: clock.now(),
      rollbackMs: void 0,
      bytes: void 0
    });
  }
  if (record.trial?.slot === other) await vault.write({ ...record, trial: void 0 });
  device.reporter.happened("withdrawn", ending.reason, { slot: other, code: ending.code });
  device.reporter.progress("idle", { deployment: "", progress: 0, reason: ending.reason });
}

// agent/walk/open-slot.ts
async function openSlot(device, plan2, intent, signal) {
  await refuseOnTrial(device, signal);
  const targets = [];
  try {
    for (const image of plan2.images) {
      targets.push(await device.slots.openForUpdate(plan2.slot, image.slotClass));
    }
    await takeBackActivation(device, plan2);
    const deployment = recordIntent(device, plan2, intent);
    await forgetSeal(device, plan2);
    await inBootControl("open the slot", async () => {
      await device.bootControl.scrub({ repair: true });
      await device.bootControl.markUnbootable(plan2.slot);
    });
    const images = plan2.images.map((image, at) => ({ plan: image, target: targets[at] }));
    for (const image of images) await withholdFirstChunk(image);
    return { deployment, images };
  } catch (error) {
    await closeAll(targets);
    throw error;
  }
}
async function withholdFirstChunk({ plan: plan2, target }) {
  await target.write(0, new Uint8Array(plan2.index.entry(0).length));
  await target.flush();
}
async function closeAll(targets) {
  for (const target of targets) await target.close();
}
async function refuseOnTrial(device, signal) {
  const boot = await inBootControl("judge the booted slot", () => device.bootControl.read());
  const { record } = await device.vault.read();
  if (isGood(device.booted, boot, record)) return;
  if (!await hasFallback(device, signal)) return;
  const other = otherSlot(device.booted);
  throw new AgentError(
    "BOOTED_NOT_GOOD",
    `Slot ${device.booted} is on trial and slot ${other} is the way back, so it is not opened.`,
    { facts: { booted: device.booted, fallback: other } }
  );
}
async function takeBackActivation(device, plan2) {
  const boot = await inBootControl("look at the activation", () => device.bootControl.read());
  if (boot.active !== plan2.slot) return;
  await withdraw(device, { outcome: "replaced", code: "", reason: `replaced by ${plan2.version}` });
}
function recordIntent(device, plan2, intent) {
  const { store, clock } = device;
  const open4 = store.deployment();
  const knowsForce = open4?.forced === true || !intent.forced;
  if (open4?.identity === plan2.identity && open4.slot === plan2.slot && knowsForce) {
    store.setEnvelope(open4.id, intent.envelope);
    store.setState(open4.id, "fetching", void 0);
    return { ...open4, envelope: intent.envelope, state: "fetching" };
  }
  if (open4 !== void 0) {
    store.close(open4.id, "replaced", {
      code: "",
      reason: `replaced by ${plan2.version}`,
      at: clock.now(),
      rollbackMs: void 0,
      bytes: void 0
    });
  }
  return store.open({
    id: deploymentId(plan2.identity, clock.now(), device.random()),
    identity: plan2.identity,
    version: plan2.version,
    sequence: intent.sequence,
    slot: plan2.slot,
    source: intent.source,
    envelope: intent.envelope,
    forced: intent.forced,
    openedAt: clock.now()
  });
}
async function forgetSeal(device, plan2) {
  const { record } = await device.vault.read();
  const { [plan2.slot]: seal2, ...seals } = record.seals;
  const trial2 = record.trial?.slot === plan2.slot ? void 0 : record.trial;
  const markedBad = record.markedBad.filter((slot2) => slot2 !== plan2.slot);
  const unchanged = seal2 === void 0 && trial2 === record.trial && markedBad.length === record.markedBad.length;
  if (!unchanged) await device.vault.write({ ...record, seals, trial: trial2, markedBad });
}
function deploymentId(identity, now, random) {
  const salt = Math.floor(random * 65536).toString(16).padStart(4, "0");
  return `${now.toString(36)}-${identity.slice(0, 8)}-${salt}`;
}

// agent/walk/finalise.ts
async function finalise(work, plan2, release, images) {
  const { device, deployment } = work;
  const firstChunks = [];
  let done = 0;
  for (const image of images) {
    const first = await fetchFirstChunk(work, image);
    await work.transfer.checkpoint();
    await readBack(work, image, first, done);
    done += image.plan.image.size;
    firstChunks.push(first);
  }
  try {
    for (const [at, image] of images.entries()) await writeFirstChunk(image, firstChunks[at]);
  } catch (error) {
    for (const image of images) await beheadAgain(work, image);
    throw error;
  }
  await sealSlot(work, plan2, release);
  device.store.setState(deployment.id, "finalised", device.bootId);
}
async function readBack(work, image, first, before) {
  const { plan: plan2, target } = image;
  const whole2 = createHash6("sha256").update(first);
  for (let chunk = 1; chunk < plan2.index.count; chunk += 1) {
    if (work.signal.aborted) throw new Stopped(work.signal.reason);
    const entry = plan2.index.entry(chunk);
    const data = await target.readBack(entry.offset, entry.length);
    if (sha256Hex(data) !== entry.digest) throw readBackError(target, `chunk ${chunk} differs`, { chunk });
    whole2.update(data);
    work.transfer.report("verifying", before + entry.offset);
  }
  const digest = whole2.digest("hex");
  if (digest !== plan2.image.sha256) throw readBackError(target, `the image digest is ${digest}`, {});
}
async function beheadAgain({ device }, image) {
  try {
    await withholdFirstChunk(image);
  } catch (error) {
    if (!(error instanceof AgentError)) throw error;
    device.reporter.happened("first-chunk-stays", error.message, { code: error.code });
  }
}
async function writeFirstChunk({ plan: plan2, target }, first) {
  await target.write(0, first);
  await target.flush();
  const entry = plan2.index.entry(0);
  if (sha256Hex(await target.readBack(0, entry.length)) !== entry.digest) {
    throw readBackError(target, "the first chunk differs", { chunk: 0 });
  }
}
function readBackError(target, what, facts) {
  return new AgentError(
    "SLOT_READ_BACK",
    `Slot ${target.slot} (${target.slotClass}) does not hold what was written: ${what}. The device may be failing.`,
    { facts: { slot: target.slot, slotClass: target.slotClass, readBack: target.readBackKind, ...facts } }
  );
}
async function sealSlot(work, plan2, release) {
  const { record } = await work.device.vault.read();
  await work.device.vault.write({ ...record, seals: { ...record.seals, [plan2.slot]: sealOf(release) } });
}
function sealOf({ manifest, identity }) {
  return {
    identity,
    version: manifest.version,
    sequence: manifest.sequence,
    securityVersion: manifest.securityVersion,
    created: Date.parse(manifest.created),
    images: manifest.images.map((image) => ({
      slotClass: image.class,
      size: image.size,
      sha256: image.sha256
    }))
  };
}
var SEAL_WINDOW = 1024 * 1024;
async function digestOf2(reader, size, signal) {
  const hash = createHash6("sha256");
  for (let offset = 0; offset < size; offset += SEAL_WINDOW) {
    if (signal.aborted) throw new Stopped(signal.reason);
    hash.update(await reader.read(offset, Math.min(SEAL_WINDOW, size - offset)));
  }
  return hash.digest("hex");
}

// agent/walk/seal.ts
async function checkSeal(device, slot2, signal) {
  const { record } = await device.vault.read();
  const seal2 = record.seals[slot2];
  if (seal2 === void 0) return { holds: false, reason: `the vault knows no seal of slot ${slot2}` };
  for (const image of seal2.images) {
    const reader = await device.slots.openForReading(slot2, image.slotClass);
    try {
      if (image.size > reader.capacity) {
        return { holds: false, reason: `${image.slotClass} of slot ${slot2} is smaller than its image` };
      }
      if (await digestOf2(reader, image.size, signal) !== image.sha256) {
        return {
          holds: false,
          reason: `${image.slotClass} of slot ${slot2} has another digest than its seal`
        };
      }
    } finally {
      await reader.close();
    }
  }
  return { holds: true, seal: seal2 };
}

// agent/walk/fallback.ts
async function hasFallback(device, signal) {
  const other = otherSlot(device.booted);
  const boot = await inBootControl("look for a fallback", () => device.bootControl.read());
  const { bootable, successful } = boot.slots[other];
  if (!bootable || successful) return bootable;
  try {
    return (await checkSeal(device, other, signal)).holds;
  } catch (error) {
    if (!(error instanceof AgentError)) throw error;
    device.reporter.happened("fallback-unreadable", error.message, { slot: other, code: error.code });
    return false;
  }
}

// agent/walk/floors-in-store.ts
var FACTS = {
  securityVersion: "floor-security-version",
  sequence: "floor-sequence",
  time: "floor-time"
};
function storedFloors(store) {
  const number2 = (name2) => {
    const value = Number(store.fact(name2) ?? "0");
    return Number.isSafeInteger(value) && value > 0 ? value : 0;
  };
  return {
    securityVersion: number2(FACTS.securityVersion),
    sequence: number2(FACTS.sequence),
    time: number2(FACTS.time)
  };
}
function storeFloors(store, floors) {
  store.setFact(FACTS.securityVersion, String(floors.securityVersion));
  store.setFact(FACTS.sequence, String(floors.sequence));
  store.setFact(FACTS.time, String(floors.time));
}
async function evenFloors({ store, vault }) {
  const { record } = await vault.read();
  const stored = storedFloors(store);
  const floors = highestFloors(record.floors, stored);
  if (!same(floors, record.floors)) await vault.write({ ...record, floors });
  if (!same(floors, stored)) storeFloors(store, floors);
}
function same(left, right) {
  return Object.keys(FACTS).every((name2) => left[name2] === right[name2]);
}

// agent/model/trial.ts
function newTrial(slot2, release, deployment, now) {
  return {
    slot: slot2,
    identity: release.identity,
    version: release.version,
    deployment,
    boots: 0,
    lastBoot: "",
    refills: 0,
    verdict: void 0,
    reason: "",
    activatedAt: now,
    decidedAt: void 0
  };
}

// agent/walk/interlock.ts
async function awaitInterlock(device, purpose, signal, heardBefore) {
  let lastHeard = heardBefore ?? device.clock.monotonic();
  for (; ; ) {
    const view = await lookAtMcu(device, lastHeard, signal);
    if (view.kind === "answered") lastHeard = device.clock.monotonic();
    const verdict = judgeReboot(view, purpose);
    if (verdict.go) {
      device.reporter.happened("interlock-opened", `The board may reboot: ${verdict.because}.`);
      return { mcu: view.kind, lastHeard };
    }
    device.reporter.progress("waiting", { status: "waiting", reason: verdict.reason });
    await device.clock.sleep(device.policy.interlockPollMs, signal);
    if (signal.aborted) throw new Stopped(signal.reason);
  }
}
async function lookAtMcu(device, lastHeard, signal) {
  const { mcu, clock } = device;
  if (mcu === void 0) return { kind: "absent" };
  try {
    const status = await mcu.status(signal);
    const { allowed, reason } = await mcu.mayReboot(signal);
    return { kind: "answered", status, mayReboot: allowed, reason };
  } catch (error) {
    if (signal.aborted) throw new Stopped(signal.reason);
    if (!(error instanceof AgentError)) throw error;
    return { kind: "silent", silentMs: clock.monotonic() - lastHeard };
  }
}

// agent/walk/reboot.ts
var REBOOT_PATIENCE_MS = 5 * 6e4;
var MOST_UNHEARD = 3;
async function reboot(device, purpose, reason, signal, lastHeard) {
  await untilMcuLets(device, purpose, signal, lastHeard);
  device.reporter.progress(purpose === "update" ? "rebooting" : "rolling-back", { reason });
  device.reporter.happened("reboot-requested", `Rebooting: ${reason}.`, { purpose });
  await device.rebooter.reboot(reason);
  await device.clock.sleep(REBOOT_PATIENCE_MS, signal);
  if (signal.aborted) throw new Stopped(signal.reason);
  throw new AgentError("REBOOT_FAILED", "The system accepted the reboot five minutes ago and still runs.");
}
async function untilMcuLets(device, purpose, signal, heardBefore) {
  let lastHeard = heardBefore;
  for (let unheard = 0; unheard < MOST_UNHEARD; ) {
    const { mcu } = await awaitInterlock(device, purpose, signal, lastHeard);
    const told = await tellMcu(device, signal);
    if (told !== "refused" && mcu === "silent") {
      if (purpose === "update") await rememberSilence(device);
      return;
    }
    if (told === "yes") return;
    lastHeard = void 0;
    if (told === "silent") unheard += 1;
    await device.clock.sleep(device.policy.interlockPollMs, signal);
    if (signal.aborted) throw new Stopped(signal.reason);
  }
}
async function rememberSilence({ vault }) {
  const { record } = await vault.read();
  if (record.trial === void 0) return;
  await vault.write({ ...record, trial: { ...record.trial, mcuSilent: true } });
}
async function tellMcu(device, signal) {
  try {
    await device.mcu?.prepareReboot(signal);
    return "yes";
  } catch (error) {
    if (signal.aborted) throw new Stopped(signal.reason);
    if (!(error instanceof AgentError)) throw error;
    device.reporter.happened("mcu-not-told", `The MCU was not told of the reboot: ${error.message}`, {
      code: error.code
    });
    if (error.code === "MCU_REFUSED") return "refused";
    return error.code === "MCU_SILENT" ? "silent" : "yes";
  }
}

// agent/walk/roll-back.ts
async function rollBack(device, because, signal) {
  await decideBad(device, because, signal);
  return reboot(device, "rollback", `slot ${device.booted} failed: ${because.message}`, signal);
}
async function decideBad(device, because, signal) {
  const { booted, bootControl, clock, reporter } = device;
  await requireFallback(device, because, signal);
  reporter.progress("rolling-back", { reason: because.message });
  reporter.happened("trial-failed", `Slot ${booted} goes back: ${because.message}`, { code: because.code });
  await rememberVerdict(device, because, clock.now());
  await inBootControl("mark the slot bad", () => bootControl.markBad(booted));
}
async function requireFallback(device, because, signal) {
  const other = otherSlot(device.booted);
  if (await hasFallback(device, signal)) return;
  throw new AgentError(
    "NO_FALLBACK",
    `Slot ${device.booted} failed (${because.message}) and slot ${other} cannot be booted instead; it stays up.`,
    { cause: because, facts: { booted: device.booted, other, code: because.code } }
  );
}
async function rememberVerdict(device, because, now) {
  const { record } = await device.vault.read();
  const trial2 = record.trial?.slot === device.booted ? record.trial : trialFromRow(device);
  if (trial2?.verdict !== void 0) return;
  const verdict = { verdict: because.code, reason: because.message, decidedAt: now };
  try {
    await device.vault.write({
      ...record,
      trial: trial2 === void 0 ? void 0 : { ...trial2, ...verdict },
      markedBad: [...record.markedBad.filter((slot2) => slot2 !== device.booted), device.booted]
    });
  } catch (error) {
    if (!(error instanceof AgentError)) throw error;
    device.reporter.happened("vault-not-told", error.message, { code: error.code });
  }
}
function trialFromRow(device) {
  const row = readableRow(device);
  if (row?.slot !== device.booted) return void 0;
  return { ...newTrial(row.slot, row, row.id, row.openedAt), boots: 1, lastBoot: device.bootId };
}
async function finishRollback(device) {
  const { clock, reporter, store } = device;
  const { record, lost } = await device.vault.read();
  const row = store.deployment();
  const release = record.trial ?? row;
  if (release === void 0) return;
  const { identity, version: version2 } = release;
  const verdict = record.trial?.verdict;
  const code = verdict ?? "TRIES_USED_UP";
  const reason = verdict === void 0 ? "the boot loader gave the slot up" : record.trial?.reason ?? "";
  const known = record.failures.find((counts) => counts.identity === identity);
  const counted = countFailure(
    lost ? store.failures(identity) : known,
    verdict === void 0 ? "silentTrials" : "failedTrials",
    release
  );
  const failures = mergeFailures(store.failures(identity), counted) ?? counted;
  const since = record.trial?.decidedAt ?? record.trial?.activatedAt ?? row?.openedAt ?? clock.now();
  const rollbackMs = Math.max(0, clock.now() - since);
  store.setFailures(failures);
  if (row !== void 0 && row.identity === identity) {
    store.close(row.id, "rolled-back", { code, reason, at: clock.now(), rollbackMs, bytes: void 0 });
  }
  await device.vault.write(afterRollback(record, failures));
  const message = `Release ${version2} was rolled back after ${rollbackMs} ms: ${reason}`;
  reporter.happened("rolled-back", message, { identity, version: version2, code, rollbackMs });
  reporter.progress("idle", { status: "rolled-back", reason: `${code}: ${reason}` });
}
function afterRollback(record, failures) {
  return { ...record, trial: void 0, failures: rememberFailure(record.failures, failures) };
}

// agent/walk/confirm.ts
var HANDSHAKE_PAUSE_MS = 2e3;
async function confirm(device, signal, how) {
  device.reporter.progress("confirming", { deployment: readableRow(device)?.id ?? "", progress: 100 });
  const decided = await noteTrialBoot(device);
  if (decided !== void 0) return rollBack(device, decided, signal);
  if (await isMarkedGood(device)) return finishConfirm(device);
  try {
    await withinDeadline(device, signal, (bounded) => proveHealthy(device, bounded, how));
  } catch (error) {
    if (!(error instanceof AgentError) || error.policy !== "roll-back") throw error;
    return rollBack(device, error, signal);
  }
  await markGood(device);
}
async function isMarkedGood({ booted, bootControl }) {
  return inBootControl("judge the booted slot", async () => {
    const { successful } = (await bootControl.read()).slots[booted];
    if (successful) await bootControl.scrub({ repair: true });
    return successful;
  });
}
async function noteTrialBoot(device) {
  const { record } = await device.vault.read();
  const { trial: trial2 } = record;
  if (trial2 === void 0 || trial2.slot !== device.booted) return void 0;
  if (trial2.verdict !== void 0) {
    return new AgentError("HEALTH_CHECK_FAILED", trial2.reason, { facts: { decidedEarlier: trial2.verdict } });
  }
  if (trial2.lastBoot !== device.bootId) {
    await tellVault(device, {
      ...record,
      trial: { ...trial2, boots: trial2.boots + 1, lastBoot: device.bootId }
    });
  }
  return void 0;
}
async function withinDeadline(device, signal, checks) {
  const { clock, policy } = device;
  const late = new AbortController();
  const done = new AbortController();
  let left = policy.confirmDeadlineMs - clock.uptime();
  if (left <= 0 && !await hasFallback(device, signal)) left = policy.confirmDeadlineMs;
  const alarm = clock.sleep(left, done.signal).then(() => {
    if (!done.signal.aborted) late.abort("deadline");
  });
  try {
    await checks(AbortSignal.any([signal, late.signal]));
  } catch (error) {
    if (signal.aborted) throw new Stopped(signal.reason);
    if (!late.signal.aborted) throw error;
    throw new AgentError(
      "CONFIRM_DEADLINE",
      `The slot was not proven healthy within ${Math.round(policy.confirmDeadlineMs / 1e3)} s after boot.`,
      { cause: error }
    );
  } finally {
    done.abort();
    await alarm;
  }
}
async function proveHealthy(device, signal, how) {
  for (const check3 of how.waiveHealth ? [] : device.health) {
    const { healthy, detail } = await check3.run(signal);
    if (!healthy) {
      throw new AgentError("HEALTH_CHECK_FAILED", `Health check ${check3.name} failed: ${detail}`, {
        facts: { check: check3.name }
      });
    }
    device.reporter.happened("health-check-passed", `Health check ${check3.name} passed.`, {
      check: check3.name
    });
  }
  await canUpdateAgain(device);
  const { record } = await device.vault.read();
  const silent = record.trial?.slot === device.booted && record.trial.mcuSilent === true;
  await shakeHands(device, signal, silent);
}
async function shakeHands({ mcu, clock, reporter }, signal, mayBeSilent) {
  if (mcu === void 0) return;
  const began = clock.monotonic();
  for (; ; ) {
    try {
      const { version: version2, status } = await mcu.handshake(signal);
      reporter.happened(
        "mcu-answered",
        `The MCU runs ${version2.firmware ?? "no firmware"} and is ${status.modeName}.`
      );
      return;
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof AgentError)) throw error;
      if (mayBeSilent) {
        reporter.happened("mcu-silent", "The MCU is as silent as before the update.", { code: error.code });
        return;
      }
      if (clock.monotonic() - began >= SILENCE_BEFORE_ROLLBACK_MS) {
        throw new AgentError("HEALTH_CHECK_FAILED", "The MCU has been silent for 15 min.", {
          cause: error,
          facts: { check: "mcu" }
        });
      }
      reporter.progress("confirming", { status: "waiting", reason: error.message });
    }
    await clock.sleep(HANDSHAKE_PAUSE_MS, signal);
    signal.throwIfAborted();
  }
}
async function markGood(device) {
  await inBootControl("mark the slot good", () => device.bootControl.markGood(device.booted));
  await finishConfirm(device);
  device.reporter.happened(
    "slot-marked-good",
    `Slot ${device.booted} is good: ${device.release.version} runs.`,
    {
      slot: device.booted,
      version: device.release.version
    }
  );
  device.reporter.progress("idle", { deployment: "", status: "success", progress: 100 });
}
async function finishConfirm(device) {
  const { booted, clock, store, vault } = device;
  const { record } = await vault.read();
  const known = fromStore(device, NO_FLOORS, () => storedFloors(store));
  const floors = floorsAfterGood(
    highestFloors(record.floors, known),
    record.seals[booted] ?? ownSeal(device),
    {
      now: clock.now(),
      synchronised: clock.synchronised()
    }
  );
  await tellVault(device, {
    ...record,
    floors,
    trial: record.trial?.slot === booted ? void 0 : record.trial,
    markedBad: record.markedBad.filter((slot2) => slot2 !== booted),
    recoveredTo: record.recoveredTo === otherSlot(booted) ? void 0 : record.recoveredTo
  });
  storeFloors(store, floors);
  const row = store.deployment();
  if (row?.slot !== booted) return;
  store.close(row.id, "confirmed", {
    code: "",
    reason: "",
    at: clock.now(),
    rollbackMs: void 0,
    bytes: void 0
  });
}
function ownSeal({ release }) {
  return {
    securityVersion: release.securityVersion,
    sequence: release.sequence,
    created: Date.parse(release.created)
  };
}
async function tellVault(device, record) {
  try {
    await device.vault.write(record);
  } catch (error) {
    if (!(error instanceof AgentError)) throw error;
    device.reporter.happened("vault-not-told", error.message, { code: error.code });
  }
}

// agent/walk/recover.ts
async function recover(device, signal) {
  const { booted, bootControl, clock, policy, vault } = device;
  const boot = await inBootControl("judge the booted slot", () => bootControl.read());
  const { record } = await vault.read();
  const failing = reasonOf2(device, record.agentStarts.count);
  if (!isGood(booted, boot, record)) {
    if (!await hasFallback(device, signal)) throw failing;
    return rollBack(device, failing, signal);
  }
  const other = otherSlot(booted);
  if (record.markedBad.includes(other) || record.recoveredTo === other) throw failing;
  const verdict = await checkSeal(device, other, signal);
  if (!verdict.holds) throw failing;
  const { seal: seal2 } = verdict;
  await vault.write({
    ...record,
    recoveredTo: other,
    trial: newTrial(other, seal2, "", clock.now())
  });
  await inBootControl("activate the other slot", () => bootControl.activate(other, policy.tries));
  return reboot(device, "rollback", failing.message, signal);
}
function reasonOf2({ booted, bootMode }, starts) {
  return bootMode === "recovery" ? new AgentError("RECOVERY_ASKED", `The boot loader started slot ${booted} in boot mode recovery.`) : new AgentError(
    "AGENT_KEEPS_FAILING",
    `The agent of slot ${booted} failed to start three times in a row.`,
    { facts: { starts } }
  );
}

// agent/walk/restore-tries.ts
async function restoreTries({ booted, bootControl, policy, vault }) {
  if (bootControl.abilities.countsGoodSlots !== true) return;
  await inBootControl("give the good slot its tries back", async () => {
    const boot = await bootControl.read();
    const { record } = await vault.read();
    if (isGood(booted, boot, record) && boot.slots[booted].triesRemaining < policy.tries) {
      await bootControl.scrub({ repair: true });
    }
  });
}

// agent/enter.ts
var DOORS = {
  recover: async (device, signal) => recover(device, signal),
  "leave-bad-slot": async (device, signal) => reboot(device, "rollback", `slot ${device.booted} was marked bad`, signal),
  confirm: async (device, signal) => {
    try {
      await confirm(device, signal, { waiveHealth: false });
      return "again";
    } catch (error) {
      if (!(error instanceof AgentError) || error.code !== "NO_FALLBACK") throw error;
      device.reporter.progress("failed", { status: "failed", reason: error.message });
      device.reporter.happened("no-fallback", error.message, error.facts);
      await keepBootable(device);
      return "go-on";
    }
  },
  "finish-confirm": async (device) => {
    await finishConfirm(device);
    return "again";
  },
  "await-reboot": awaitReboot,
  "finish-rollback": async (device) => {
    await finishRollback(device);
    return "again";
  },
  withdraw: async (device) => {
    await withdraw(device, {
      outcome: "cancelled",
      code: "CANCELLED",
      reason: "the activation was taken back before it was booted"
    });
    return "again";
  },
  resume: async () => "go-on",
  fresh: async () => "go-on"
};
async function keepBootable({ booted, bootControl, policy }) {
  await inBootControl("keep the only slot bootable", async () => {
    const { ranked, successful, triesRemaining } = (await bootControl.read()).slots[booted];
    if (ranked && !successful && triesRemaining < policy.tries)
      await bootControl.refill(booted, policy.tries);
  });
}
async function enter(device, signal, ignoreRecovery = false) {
  let before;
  await restoreTries(device);
  for (; ; ) {
    const { door, why } = await findDoor(device, ignoreRecovery);
    device.reporter.happened("entered", `Entry: ${door} (${why}).`, { door });
    if (door === before) {
      throw new AgentError(
        "ENTRY_STUCK",
        `The start was led to "${door}" twice; a record does not keep what is written to it.`,
        {
          facts: { door }
        }
      );
    }
    if (await DOORS[door](device, signal) === "go-on") return;
    before = door;
  }
}
async function findDoor(device, ignoreRecovery) {
  const boot = await inBootControl("read the boot control", () => device.bootControl.read());
  const { record } = await device.vault.read();
  const facts = entryFacts(device.booted, boot, record, readableRow(device), device);
  return enterBy(ignoreRecovery ? { ...facts, starts: "normal" } : facts);
}
async function awaitReboot(device, signal) {
  const other = device.booted === "a" ? "b" : "a";
  const verdict = await checkSeal(device, other, signal);
  if (!verdict.holds) {
    await withdraw(device, { outcome: "abandoned", code: "SEAL_BROKEN", reason: verdict.reason });
    return "again";
  }
  if (await waitsForThePerson(device)) return "go-on";
  return reboot(device, "update", `slot ${other} is active`, signal);
}
async function waitsForThePerson(device) {
  const row = device.store.deployment();
  if (row === void 0) return false;
  const { manifest } = openManifest(row.envelope, await device.keys());
  return manifest.apply === "next-boot";
}

// agent/walk/go-back.ts
async function goBack(device, signal) {
  const { booted, bootControl, clock, policy, store, vault } = device;
  const because = new AgentError("ROLLED_BACK_BY_PERSON", `A person asked to leave slot ${booted}.`);
  const boot = await inBootControl("judge the booted slot", () => bootControl.read());
  const { record } = await vault.read();
  if (!isGood(booted, boot, record)) {
    await decideBad(device, because, signal);
    return "trial";
  }
  const other = otherSlot(booted);
  const verdict = await checkSeal(device, other, signal);
  if (!verdict.holds) {
    throw new AgentError("SEAL_BROKEN", `Slot ${other} is no place to go back to: ${verdict.reason}.`, {
      facts: { slot: other }
    });
  }
  const isUpdate = record.trial?.slot === other && record.trial.deployment !== "";
  if (!boot.slots[other].bootable || isUpdate) {
    throw new AgentError("NO_FALLBACK", `Slot ${other} holds no release that this device came from.`, {
      facts: { slot: other }
    });
  }
  const { seal: seal2 } = verdict;
  const left = leaveFailed(record, device);
  if (left !== void 0) store.setFailures(left);
  await vault.write({
    ...record,
    failures: left === void 0 ? record.failures : rememberFailure(record.failures, left),
    trial: newTrial(other, seal2, "", clock.now())
  });
  await inBootControl("activate the other slot", () => bootControl.activate(other, policy.tries));
  return "activated";
}
async function stay({ booted, bootControl, reporter, vault }) {
  await inBootControl("stay in the slot", () => bootControl.markGood(booted));
  const { record } = await vault.read();
  await vault.write({ ...record, trial: void 0 });
  reporter.happened("withdrawn", `Slot ${booted} stays active.`, { slot: booted });
}
function leaveFailed(record, device) {
  const seal2 = record.seals[device.booted];
  if (seal2 === void 0) return void 0;
  const known = mergeFailures(
    device.store.failures(seal2.identity),
    record.failures.find((counts) => counts.identity === seal2.identity)
  );
  return countFailure(known, "failedTrials", seal2);
}

// agent/walk/persons.ts
var CANCELLED = "cancelled-identity";
function rememberCancelled(device, identity) {
  device.store.setFact(CANCELLED, identity);
}
async function respectPersons(device, release, how) {
  const { identity, manifest } = release;
  if (device.store.fact(CANCELLED) === identity) {
    if (!how.consented) {
      throw new AgentError(
        "CANCELLED",
        `Release ${manifest.version} was cancelled; donabe install takes it up again.`
      );
    }
    device.store.setFact(CANCELLED, "");
  }
  if (!how.retried) return;
  device.store.clearFailures(identity);
  const { record } = await device.vault.read();
  const failures = record.failures.filter((counts) => counts.identity !== identity);
  if (failures.length !== record.failures.length) await device.vault.write({ ...record, failures });
}

// agent/obey.ts
async function obeyCancel(device) {
  const row = device.store.deployment();
  const boot = await inBootControl("look at the activation", () => device.bootControl.read());
  const other = otherSlot(device.booted);
  if ((row === void 0 || row.slot !== other) && boot.active !== other) {
    throw new AgentError("NOTHING_TO_DO", "No update is under way.");
  }
  const { record } = await device.vault.read();
  const trial2 = record.trial?.slot === other ? record.trial : void 0;
  if (trial2?.deployment === "" && isGood(device.booted, boot, record)) {
    await stay(device);
    return `slot ${device.booted} stays active`;
  }
  const identity = row?.slot === other ? row.identity : trial2?.identity;
  if (identity !== void 0) rememberCancelled(device, identity);
  await withdraw(device, {
    outcome: "cancelled",
    code: "CANCELLED",
    reason: "a person cancelled the update"
  });
  return row === void 0 ? "the activation was withdrawn" : `release ${row.version} was cancelled`;
}
async function obeyConfirm(device, signal) {
  const boot = await inBootControl("judge the booted slot", () => device.bootControl.read());
  const { record } = await device.vault.read();
  if (isGood(device.booted, boot, record)) {
    throw new AgentError("NOTHING_TO_DO", `Slot ${device.booted} is marked good already.`);
  }
  await confirm(device, signal, { waiveHealth: true });
  return `slot ${device.booted} is marked good`;
}
async function obeyRollback(device, signal) {
  const step = await goBack(device, signal);
  return step === "trial" ? `the trial of slot ${device.booted} is over` : `slot ${otherSlot(device.booted)} is active; the board reboots when the cooker lets it`;
}

// agent/walk/abandon.ts
async function abandon(device, release, because) {
  const { clock, store, vault } = device;
  const { identity } = release;
  if (!isTransportFault(because)) {
    const { record } = await vault.read();
    const known = record.failures.find((counts2) => counts2.identity === identity);
    const counts = countFailure(mergeFailures(store.failures(identity), known), "installAttempts", {
      identity,
      version: release.manifest.version
    });
    await vault.write({ ...record, failures: rememberFailure(record.failures, counts) });
    store.setFailures(counts);
  }
  const row = store.deployment();
  if (row?.identity === identity) {
    store.close(row.id, "abandoned", {
      code: because.code,
      reason: because.message,
      at: clock.now(),
      rollbackMs: void 0,
      bytes: void 0
    });
  }
}

// agent/walk/verify.ts
async function verify2(device, envelope, waivers) {
  const { record } = await device.vault.read();
  return verifyManifest(
    envelope,
    await device.keys(),
    { ...device.profile, bootedIdentity: record.seals[device.booted]?.identity },
    await currentFloors(device, record),
    { now: device.clock.now(), synchronised: device.clock.synchronised() },
    (identity) => mergeFailures(
      device.store.failures(identity),
      record.failures.find((known) => known.identity === identity)
    ),
    waivers
  );
}
async function currentFloors(device, record) {
  const boot = await inBootControl("judge the booted slot", () => device.bootControl.read());
  const good = isGood(device.booted, boot, record);
  return highestFloors(record.floors, storedFloors(device.store), floorsOfBooted(device.release, good));
}

// agent/walk/activate.ts
async function activate(device, deployment, how) {
  const { bootControl, clock, policy, reporter, store, vault } = device;
  await verify2(device, deployment.envelope, { forced: how.forced, retried: true });
  reporter.progress("activating", { deployment: deployment.id, progress: 100 });
  const { record } = await vault.read();
  const trial2 = newTrial(deployment.slot, deployment, deployment.id, clock.now());
  await vault.write({ ...record, trial: how.mcuSilent ? { ...trial2, mcuSilent: true } : trial2 });
  const started = clock.monotonic();
  await inBootControl("activate the slot", () => bootControl.activate(deployment.slot, policy.tries));
  const flipMs = Math.round((clock.monotonic() - started) * 10) / 10;
  store.setState(deployment.id, "activated", deployment.finalisedBoot);
  reporter.happened("slot-activated", `Slot ${deployment.slot} is active (flip took ${flipMs} ms).`, {
    slot: deployment.slot,
    version: deployment.version,
    flipMs
  });
}

// agent/walk/already-active.ts
async function alreadyActive(device, release) {
  const row = device.store.deployment();
  if (row?.identity !== release.identity || row.state !== "activated") return false;
  if (row.slot === device.booted) return false;
  const boot = await inBootControl("look at the activation", () => device.bootControl.read());
  return boot.active === otherSlot(device.booted);
}

// agent/walk/check.ts
var ETAG = "offer-etag";
var SOURCE = "offer-source";
var IDENTITY = "offer-identity";
var LAST_POLL = "last-poll";
async function check2(device, source, how, signal) {
  const { store, clock, reporter } = device;
  reporter.progress("checking", { deployment: store.deployment()?.id ?? "", progress: 0 });
  const open4 = store.deployment();
  const mayBeUnchanged = !how.consented && store.fact(SOURCE) === source.name && isSettled(device, open4);
  const known = mayBeUnchanged ? store.fact(ETAG) : void 0;
  const answer = await source.offer(known === "" ? void 0 : known, signal);
  store.setFact(LAST_POLL, String(clock.now()));
  if (answer.kind === "offer") {
    return { envelope: answer.envelope, source: source.name, etag: answer.etag };
  }
  return continues(open4, source) ? { envelope: open4.envelope, source: source.name, etag: known } : void 0;
}
function settleOffer(device, offer, identity) {
  device.store.setFact(SOURCE, offer.source);
  device.store.setFact(IDENTITY, identity);
  device.store.setFact(ETAG, offer.etag ?? "");
}
function isSettled(device, open4) {
  const identity = device.store.fact(IDENTITY);
  return identity !== void 0 && (identity === device.profile.bootedIdentity || identity === open4?.identity);
}
function continues(open4, source) {
  return open4 !== void 0 && open4.source === source.name;
}

// agent/walk/forgotten-trial.ts
async function countForgottenTrial(device, { identity, manifest }, signal) {
  const { bootControl, reporter, store, vault } = device;
  const { record } = await vault.read();
  const known = mergeFailures(
    store.failures(identity),
    record.failures.find((counts2) => counts2.identity === identity)
  );
  if (known !== void 0 || record.trial !== void 0 || store.deployment() !== void 0) return;
  const boot = await inBootControl("look for a forgotten trial", () => bootControl.read());
  const { ranked, successful, triesRemaining } = boot.slots[otherSlot(device.booted)];
  if (!ranked || successful || triesRemaining > 0) return;
  if (!await holds(device, manifest.images, signal)) return;
  const counts = countFailure(void 0, "silentTrials", { identity, version: manifest.version });
  store.setFailures(counts);
  await vault.write({ ...record, failures: rememberFailure(record.failures, counts) });
  const message = `Release ${manifest.version} was tried before and never came up; nobody remembers when.`;
  reporter.happened("forgotten-trial", message, { identity });
}
async function holds(device, images, signal) {
  for (const image of images) {
    const reader = await device.slots.openForReading(otherSlot(device.booted), image.class);
    try {
      if (image.size > reader.capacity) return false;
      if (await digestOf2(reader, image.size, signal) !== image.sha256) return false;
    } finally {
      await reader.close();
    }
  }
  return true;
}

// agent/walk/gates.ts
async function awaitGates(device, release, how, signal) {
  const { apply } = release.manifest;
  if (apply === "ask" && !how.consented) return { open: false };
  if (apply === "next-boot") return { open: true, interlock: void 0 };
  return { open: true, interlock: await awaitInterlock(device, "update", signal) };
}

// agent/walk/plan.ts
async function plan(device, source, release, signal) {
  const slot2 = otherSlot(device.booted);
  const open4 = device.store.deployment();
  const continued = open4?.identity === release.identity && open4.slot === slot2;
  const checkpoints = continued ? device.store.checkpoints(open4.id) : [];
  const images = [];
  for (const image of release.manifest.images) {
    const index = await fetchIndex(device, source, image, signal);
    const reader = await device.slots.openForReading(slot2, image.class);
    try {
      refuseTooSmall(reader, image);
      const present = await presentChunks(reader, index, image, checkpoints, signal);
      images.push(planImage(image, index, (chunk) => present.has(chunk)));
    } finally {
      await reader.close();
    }
  }
  return planUpdate({ identity: release.identity, version: release.manifest.version }, slot2, images);
}
async function fetchIndex(device, source, image, signal) {
  const { name: name2, sha256 } = image.index;
  const bytes = device.store.index(sha256) ?? await readIndex(source, image, signal);
  const index = parseIndex(name2, bytes);
  const fits = index.imageSize === image.size && index.imageDigest === image.sha256 && index.base === void 0 && index.packSize === image.pack.size;
  if (!fits) {
    throw new AgentError("PAYLOAD_REJECTED", `The chunk index ${name2} describes another image or pack.`, {
      facts: { name: name2, slotClass: image.class }
    });
  }
  device.store.keepIndex(sha256, bytes);
  return index;
}
async function readIndex(source, image, signal) {
  const { name: name2, size, sha256 } = image.index;
  let found = "";
  for (let fetched = 0; fetched < MOST_WRONG_FETCHES; fetched += 1) {
    const bytes = await source.read(name2, size, signal);
    found = sha256Hex(bytes);
    if (found === sha256) return bytes;
  }
  throw new AgentError("PAYLOAD_REJECTED", `The chunk index ${name2} does not match the signed manifest.`, {
    facts: { name: name2, expected: sha256, found }
  });
}
function parseIndex(name2, bytes) {
  try {
    return decodeChunkIndex(bytes);
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    throw new AgentError("PAYLOAD_REJECTED", `The chunk index ${name2} is malformed: ${error.message}`, {
      cause: error
    });
  }
}
function refuseTooSmall(reader, image) {
  if (image.size <= reader.capacity) return;
  throw new AgentError(
    "SLOT_TOO_SMALL",
    `The ${image.class} image needs ${image.size} bytes, slot ${reader.slot} holds ${reader.capacity}.`,
    { facts: { slotClass: image.class, size: image.size, capacity: reader.capacity } }
  );
}
async function presentChunks(reader, index, image, checkpoints, signal) {
  const done = checkpoints.find(
    (point) => point.slotClass === image.class && point.indexDigest === image.index.sha256
  );
  const present = /* @__PURE__ */ new Set();
  for (let chunk = 1; chunk < index.count; chunk += 1) {
    if (signal.aborted) throw new Stopped(signal.reason);
    const entry = index.entry(chunk);
    const trusted = done !== void 0 && chunk <= done.chunks;
    if (trusted || sha256Hex(await reader.read(entry.offset, entry.length)) === entry.digest)
      present.add(chunk);
  }
  return present;
}

// agent/walk/still-finalised.ts
async function stillFinalised(device, release, signal) {
  const { bootId, clock, reporter, store } = device;
  const row = store.deployment();
  if (row === void 0 || row.identity !== release.identity || row.state !== "finalised") return void 0;
  if (row.slot === device.booted) return void 0;
  if (row.finalisedBoot === bootId) return row;
  reporter.progress("verifying", { deployment: row.id, progress: 66 });
  const verdict = await checkSeal(device, row.slot, signal);
  if (!verdict.holds || verdict.seal.identity !== release.identity) {
    const reason = verdict.holds ? "the slot was sealed as another release" : verdict.reason;
    const ending = { code: "SEAL_BROKEN", reason, at: clock.now(), rollbackMs: void 0, bytes: void 0 };
    store.close(row.id, "abandoned", ending);
    return void 0;
  }
  store.setState(row.id, "finalised", bootId);
  return { ...row, state: "finalised", finalisedBoot: bootId };
}

// agent/events.ts
import { EventEmitter } from "node:events";
var STAGE_OF_PHASE = {
  idle: "precheck",
  checking: "precheck",
  waiting: "precheck",
  fetching: "flashing",
  verifying: "flashing",
  activating: "reboot",
  rebooting: "reboot",
  confirming: "reboot",
  "rolling-back": "reboot",
  failed: "precheck"
};
var NO_BYTES2 = { fetched: 0, reused: 0, written: 0, verified: 0 };
var Reporter = class extends EventEmitter {
  #deviceId;
  #last;
  constructor(deviceId) {
    super();
    this.#deviceId = deviceId;
    this.#last = {
      device_id: deviceId,
      deployment: "",
      phase: "idle",
      stage: "precheck",
      progress: 0,
      status: "running",
      bytes: NO_BYTES2
    };
  }
  get last() {
    return this.#last;
  }
  /** A new phase, or movement within one; what is not given stays as it was, except the reason. */
  progress(phase, more = {}) {
    const { reason: _old, ...kept } = this.#last;
    const stage = phase === "waiting" ? this.#last.stage : STAGE_OF_PHASE[phase];
    this.#last = { ...kept, status: "running", ...more, device_id: this.#deviceId, phase, stage };
    this.emit("progressed", this.#last);
  }
  happened(name2, message, facts = {}) {
    this.emit("happened", { name: name2, message, facts });
  }
};

// agent/model/budget.ts
var MARGIN_PERCENT = 20;
var MARGIN_BYTES = 5 * 1024 * 1024;
function byteBudget(smallestWay) {
  return Math.ceil(smallestWay * (100 + MARGIN_PERCENT) / 100) + MARGIN_BYTES;
}
function requireBudget(budget, spent, wanted) {
  if (spent + wanted <= budget) return;
  throw new AgentError(
    "BYTE_BUDGET_SPENT",
    `This release has cost ${spent} bytes and needs ${wanted} more, but the budget is ${budget} bytes; a new release, or a larger [server] byte budget, lifts this.`,
    { facts: { budget, spent, wanted } }
  );
}

// agent/walk/transfer.ts
var Transfer = class {
  #device;
  #deployment;
  #plan;
  #budget;
  #spentBefore;
  #bytes;
  /** Highest chunk of each image up to which all are written; a checkpoint names only flushed ones. */
  #reached = /* @__PURE__ */ new Map();
  #dirty = /* @__PURE__ */ new Set();
  #unsavedBytes = 0;
  #lastCheckpoint;
  #fetchedHere = 0;
  #tries;
  constructor(device, deployment, plan2) {
    this.#device = device;
    this.#deployment = deployment;
    this.#plan = plan2;
    this.#budget = device.policy.byteBudget ?? byteBudget(plan2.smallestWay);
    this.#spentBefore = device.store.bytesSpent(plan2.identity);
    const reused = plan2.images.reduce((sum, image) => sum + image.reusedBytes, 0);
    this.#bytes = { ...NO_BYTES2, ...deployment.bytes, reused };
    this.#lastCheckpoint = device.clock.monotonic();
    this.#tries = deployment.fruitlessTries;
  }
  get bytes() {
    return { ...this.#bytes };
  }
  get tries() {
    return this.#tries;
  }
  /** Throws BYTE_BUDGET_SPENT when `wanted` more bytes would be too many. */
  requireBudget(wanted) {
    requireBudget(this.#budget, this.#spentBefore + this.#fetchedHere, wanted);
  }
  fetched(bytes) {
    this.#bytes.fetched += bytes;
    this.#fetchedHere += bytes;
    this.requireBudget(0);
  }
  /** A chunk was verified and written to its place (not yet flushed). */
  wrote(image, chunk, length) {
    this.#bytes.written += length;
    this.#bytes.verified += length;
    this.#unsavedBytes += length;
    this.#reached.set(image, chunk);
    this.#dirty.add(image);
    if (this.#tries !== 0) this.#setTries(0);
    this.report("fetching");
  }
  /** Chunk 0 was verified; it is held in memory and does not count as written yet. */
  verifiedFirst(length) {
    this.#bytes.verified += length;
    if (this.#tries !== 0) this.#setTries(0);
  }
  checkpointDue() {
    const { checkpointBytes, checkpointMs } = this.#device.policy;
    const since = this.#device.clock.monotonic() - this.#lastCheckpoint;
    return this.#unsavedBytes >= checkpointBytes || this.#dirty.size > 0 && since >= checkpointMs;
  }
  /** Flush, then commit. Also saves the byte counters, so it is made after every failed try too. */
  async checkpoint() {
    for (const { target } of this.#dirty) await target.flush();
    this.#dirty.clear();
    const progress = [...this.#reached].map(([{ plan: plan2 }, chunks]) => ({
      slotClass: plan2.slotClass,
      indexDigest: plan2.image.index.sha256,
      chunks
    }));
    this.#device.store.checkpoint(this.#deployment.id, progress, this.bytes);
    this.#unsavedBytes = 0;
    this.#lastCheckpoint = this.#device.clock.monotonic();
  }
  /** One more try without a verified chunk. Throws FETCH_SERIES_ENDED when it was the last of the series. */
  fruitless(cause) {
    this.#setTries(this.#tries + 1);
    if (!seriesEnded(this.#tries)) return;
    this.#setTries(0);
    throw new AgentError(
      "FETCH_SERIES_ENDED",
      `${FRUITLESS_TRIES_MAX} tries in a row brought no verified chunk; the last one: ${cause.message}`,
      { cause, facts: { lastCode: cause.code } }
    );
  }
  /** Progress over fetch and read-back: writing counts for two thirds, reading back for one. */
  report(phase, readBackBytes = 0) {
    const total = Math.max(this.#plan.imageBytes, 1);
    const inSlot = Math.min(this.#bytes.reused + this.#bytes.written, total);
    const progress = phase === "fetching" ? inSlot / total * 66 : 66 + readBackBytes / total * 34;
    this.#device.reporter.progress(phase, {
      deployment: this.#deployment.id,
      progress: Math.min(100, Math.floor(progress)),
      bytes: this.bytes
    });
  }
  #setTries(tries) {
    this.#tries = tries;
    this.#device.store.setFruitlessTries(this.#deployment.id, tries);
  }
};

// agent/update.ts
async function update(device, source, how, signal) {
  if (device.storeFault !== void 0) throw device.storeFault;
  await evenFloors(device);
  const offer = await check2(device, source, how, signal);
  if (offer === void 0) return { kind: "nothing-new" };
  const forced = how.forced || continuesForced(device, offer.envelope);
  const release = await verify2(device, offer.envelope, { ...how, forced });
  const { version: version2 } = release.manifest;
  if (release.identity === device.profile.bootedIdentity) {
    settleOffer(device, offer, release.identity);
    return { kind: "already-installed", version: version2 };
  }
  if (await alreadyActive(device, release)) return { kind: "awaits-next-boot", version: version2 };
  await respectPersons(device, release, how);
  await countForgottenTrial(device, release, signal);
  const deployment = await stillFinalised(device, release, signal) ?? await install(device, source, release, { ...offer, forced }, signal);
  settleOffer(device, offer, release.identity);
  const gates = await awaitGates(device, release, how, signal);
  if (!gates.open) return { kind: "needs-consent", version: version2 };
  await activate(device, deployment, { forced, mcuSilent: gates.interlock?.mcu === "silent" });
  if (release.manifest.apply === "next-boot") return { kind: "awaits-next-boot", version: version2 };
  const reason = `release ${version2} is installed in slot ${deployment.slot}`;
  return reboot(device, "update", reason, signal, gates.interlock?.lastHeard);
}
function continuesForced(device, envelope) {
  const open4 = device.store.deployment();
  return open4?.forced === true && Buffer.compare(open4.envelope, envelope) === 0;
}
async function install(device, source, release, intent, signal) {
  try {
    const todo = await plan(device, source, release, signal);
    const { deployment, images } = await openSlot(
      device,
      todo,
      {
        ...intent,
        sequence: release.manifest.sequence
      },
      signal
    );
    try {
      const work = { device, source, deployment, signal, transfer: new Transfer(device, deployment, todo) };
      await fetchImages(work, images);
      await finalise(work, todo, release, images);
      return { ...deployment, state: "finalised", finalisedBoot: device.bootId };
    } finally {
      await closeAll(images.map((image) => image.target));
    }
  } catch (error) {
    if (error instanceof AgentError && error.policy === "abandon") await abandon(device, release, error);
    throw error;
  }
}

// agent/walk/agent-starts.ts
async function noteAgentStart(device) {
  const { record } = await device.vault.read();
  const { boot, count: count2 } = record.agentStarts;
  await tryToWrite(device, boot === device.bootId ? count2 + 1 : 1);
}
async function agentIsUp(device) {
  await tryToWrite(device, 0);
}
async function tryToWrite(device, count2) {
  const { record } = await device.vault.read();
  if (record.agentStarts.boot === device.bootId && record.agentStarts.count === count2) return;
  try {
    await device.vault.write({ ...record, agentStarts: { boot: device.bootId, count: count2 } });
  } catch (error) {
    if (!(error instanceof AgentError)) throw error;
    device.reporter.happened("vault-not-told", error.message, { code: error.code });
  }
}

// agent/daemon.ts
var LOCKED_PAUSE_MS = 1e3;
var ENTRY_PAUSE_MS = 3e4;
var RECOVERY_PAUSE_FIRST_MS = 1e3;
var RECOVERY_PAUSE_MOST_MS = 60 * 6e4;
var DAEMON_HOW = { forced: false, retried: false, consented: false };
var FORCED_HOW = { forced: true, retried: false, consented: true };
function recoveryPause({ facts }) {
  const failed = Number(facts["starts"] ?? 0) - STARTS_BEFORE_RECOVERY;
  return Math.min(RECOVERY_PAUSE_MOST_MS, RECOVERY_PAUSE_FIRST_MS * 2 ** Math.max(failed, 0));
}
var Daemon = class {
  #parts;
  #stopped = false;
  /** Aborted to end a walk or a sleep; renewed for each round. */
  #round = new AbortController();
  #started = false;
  /** This round has come through its entry doors. */
  #entered = false;
  #recoveryGivenUp = false;
  #offerTries = 0;
  /** Where a person wants to install from; kept over faults that are worth another try, until a walk has ended. */
  #forced;
  constructor(parts) {
    this.#parts = parts;
  }
  /** SIGTERM: the chunk at hand is finished and checkpointed, then `run` returns. */
  stop() {
    this.#stopped = true;
    this.#round.abort("terminate");
  }
  /** SIGUSR1 and a waiting request: a sleep ends now; a walk only when a person's request waits. */
  poke() {
    if (!this.#walking || this.#requests().length > 0) {
      this.#round.abort("request");
    }
  }
  #walking = false;
  async run() {
    try {
      while (!this.#stopped) {
        this.#round = new AbortController();
        const pause = await this.#oneRound(this.#round.signal);
        if (this.#stopped) break;
        await this.#parts.device.clock.sleep(pause, this.#round.signal);
        this.#endWithoutStore();
      }
    } finally {
      await this.#endForced();
    }
  }
  /**
   * A store in memory installs nothing, and the partition may be well again: a new process opens it anew. It ends
   * only after a whole round, so that a trial comes to its end first.
   */
  #endWithoutStore() {
    const { storeFault: storeFault2 } = this.#parts.device;
    if (storeFault2 !== void 0 && this.#entered && !this.#stopped) throw storeFault2;
  }
  /** One walk under the lock; returns how long to sleep, ms. */
  async #oneRound(signal) {
    let unlock;
    try {
      unlock = this.#parts.lock();
      this.#walking = true;
      return await this.#walk(signal);
    } catch (error) {
      if (unlock !== void 0 && (error instanceof Stopped || signal.aborted && error === signal.reason)) {
        await agentIsUp(this.#parts.device);
        return 0;
      }
      if (!(error instanceof AgentError)) throw error;
      return this.#afterError(error);
    } finally {
      this.#walking = false;
      if (unlock !== void 0) await this.#giveBack(unlock);
    }
  }
  /** The serial port goes first: whoever takes the lock next has to ask the MCU, too. */
  async #giveBack(unlock) {
    try {
      await this.#parts.device.mcu?.close();
    } finally {
      unlock();
    }
  }
  async #walk(signal) {
    const { device, source } = this.#parts;
    if (!this.#started) await noteAgentStart(device);
    this.#started = true;
    this.#entered = false;
    await this.#obey(signal);
    await enter(device, signal, this.#recoveryGivenUp);
    this.#entered = true;
    await agentIsUp(device);
    const from = this.#forced?.source ?? source;
    if (from === void 0) return this.#pollPause();
    try {
      const outcome = await update(device, from, this.#forced?.how ?? DAEMON_HOW, signal);
      await this.#endForced();
      this.#offerTries = 0;
      device.reporter.happened("looked", `Looked at ${from.name}: ${outcome.kind}.`, { ...outcome });
      if (outcome.kind === "nothing-new" || outcome.kind === "already-installed")
        device.reporter.progress("idle");
      else device.reporter.progress("waiting", { status: "waiting", reason: outcome.kind });
    } catch (error) {
      if (!(signal.aborted || this.#isTriedAgain(error))) await this.#endForced();
      throw error;
    }
    return this.#pollPause();
  }
  /**
   * Requests in order. A cut between deed and answer repeats the deed: each is about the slot that was booted
   * when it was asked, and does nothing twice.
   */
  async #obey(signal) {
    const { device } = this.#parts;
    for (const request of this.#requests()) {
      const answer = await this.#answer(request, signal);
      fromStore(device, void 0, () => device.store.answerRequest(request.id, answer));
    }
  }
  /** Is there a forced walk to begin? Then there is none any more. */
  async #endForced() {
    const forced = this.#forced;
    this.#forced = void 0;
    await forced?.source.close();
    return forced !== void 0;
  }
  #isTriedAgain(error) {
    return error instanceof AgentError && error.policy === "retry" && this.#offerTries < FRUITLESS_TRIES_MAX;
  }
  /** A forced walk that has not opened a deployment yet is cancelled by forgetting it. */
  async #cancel() {
    const forgotten = await this.#endForced();
    try {
      return await obeyCancel(this.#parts.device);
    } catch (error) {
      const nothing = error instanceof AgentError && error.code === "NOTHING_TO_DO";
      if (!(forgotten && nothing)) throw error;
      return "the forced install is not begun";
    }
  }
  /** A store that cannot be read keeps nobody's trial from ending. */
  #requests() {
    const { device } = this.#parts;
    return fromStore(device, [], () => device.store.requests());
  }
  async #answer(request, signal) {
    const { device } = this.#parts;
    const { verb, argument } = request;
    const isForce = verb === "force" || verb === "force-retry";
    if (!isForce && argument !== device.booted) {
      return `NOTHING_TO_DO: slot ${argument} is not booted any more`;
    }
    try {
      switch (verb) {
        case "cancel":
          return `ok: ${await this.#cancel()}`;
        case "confirm":
          return `ok: ${await obeyConfirm(device, signal)}`;
        case "rollback":
          return `ok: ${await obeyRollback(device, signal)}`;
        case "force":
        case "force-retry":
          await this.#endForced();
          this.#forced = {
            source: this.#parts.openSource(argument),
            how: { ...FORCED_HOW, retried: verb === "force-retry" }
          };
          return `ok: installing from ${argument}`;
        default:
          return `NOTHING_TO_DO: this agent does not know "${String(verb)}"`;
      }
    } catch (error) {
      if (!(error instanceof AgentError)) throw error;
      return `${error.code}: ${error.message}`;
    }
  }
  /** Says what happened and how long to leave it alone. */
  #afterError(error) {
    const { reporter, random } = this.#parts.device;
    if (error.code === "LOCKED") return LOCKED_PAUSE_MS;
    const waits = error.policy === "wait" || error.policy === "retry";
    const reason = `${error.code}: ${error.message}`;
    reporter.happened("walk-ended", reason, { code: error.code, policy: error.policy, ...error.facts });
    reporter.progress(waits ? "waiting" : "failed", { status: waits ? "waiting" : "failed", reason });
    if (error.code === "AGENT_KEEPS_FAILING" || error.code === "RECOVERY_ASKED") {
      this.#recoveryGivenUp = true;
      return error.code === "RECOVERY_ASKED" ? 0 : recoveryPause(error);
    }
    if (this.#isTriedAgain(error)) {
      this.#offerTries += 1;
      return retryDelay(error, this.#offerTries, random());
    }
    this.#offerTries = 0;
    return this.#entered ? this.#pollPause() : Math.min(ENTRY_PAUSE_MS, this.#pollPause());
  }
  #pollPause() {
    const { pollIntervalMs, pollJitterPercent, device } = this.#parts;
    const jitter = 1 + (device.random() * 2 - 1) * pollJitterPercent / 100;
    return pollIntervalMs * jitter;
  }
};

// agent/main.ts
import { createHash as createHash7 } from "node:crypto";
import { existsSync as existsSync2, mkdirSync as mkdirSync2, readFileSync as readFileSync3 } from "node:fs";
import { readFile as readFile2 } from "node:fs/promises";
import { join as join7 } from "node:path";

// agent/adapters/block-slots.ts
import { constants as constants5 } from "node:fs";
import { open as open3, stat } from "node:fs/promises";
import { join as join5 } from "node:path";

// agent/adapters/read-back.ts
import { execFile } from "node:child_process";
import { constants as constants4 } from "node:fs";
var DIRECT_BLOCK_BYTES = 4096;
var WASM_PAGE_BYTES = 65536;
var DROP_TIMEOUT_MS = 6e4;
var SYSTEM_TOOLS = { alignedMemory, dropCache };
async function openReadBack(partition, reopen, tools) {
  const direct = await openDirect(reopen, tools);
  if (direct !== void 0) return direct;
  if (!partition.isBlock) {
    return new BufferedReadBack("cached", await reopen(constants4.O_RDONLY), async () => void 0);
  }
  const reason = await tools.dropCache(partition.path);
  if (reason !== void 0) return { kind: "none", reason };
  const drop = () => tools.dropCache(partition.path);
  return new BufferedReadBack("flushed", await reopen(constants4.O_RDONLY), drop);
}
async function readFully(handle, memory, length, offset, block = 1) {
  let done = 0;
  while (done < length) {
    const { bytesRead } = await handle.read(memory, done, length - done, offset + done);
    done += bytesRead;
    if (bytesRead === 0 || done % block !== 0) break;
  }
  return done;
}
async function openDirect(reopen, tools) {
  const memory = tools.alignedMemory(DIRECT_BLOCK_BYTES);
  if (memory === void 0) return void 0;
  let handle;
  try {
    handle = await reopen(constants4.O_RDONLY | constants4.O_DIRECT);
    await handle.read(memory, 0, DIRECT_BLOCK_BYTES, 0);
    return new DirectReadBack(handle, memory, tools);
  } catch (error) {
    await handle?.close();
    if (error instanceof Error && "code" in error && error.code === "EINVAL") return void 0;
    throw error;
  }
}
var DirectReadBack = class {
  kind = "direct";
  #handle;
  #tools;
  #memory;
  constructor(handle, memory, tools) {
    this.#handle = handle;
    this.#memory = memory;
    this.#tools = tools;
  }
  async read(offset, length) {
    const start = offset - offset % DIRECT_BLOCK_BYTES;
    const before = offset - start;
    const whole2 = Math.ceil((before + length) / DIRECT_BLOCK_BYTES) * DIRECT_BLOCK_BYTES;
    if (this.#memory.length < whole2) {
      const memory = this.#tools.alignedMemory(whole2);
      if (memory === void 0) throw new RangeError(`no ${whole2} bytes of aligned memory`);
      this.#memory = memory;
    }
    const got = await readFully(this.#handle, this.#memory, whole2, start, DIRECT_BLOCK_BYTES);
    return this.#memory.subarray(before, Math.max(before, Math.min(got, before + length)));
  }
  written() {
  }
  async close() {
    await this.#handle.close();
  }
};
var BufferedReadBack = class {
  kind;
  #handle;
  #drop;
  #memory = new Uint8Array(0);
  #stale = true;
  constructor(kind, handle, drop) {
    this.kind = kind;
    this.#handle = handle;
    this.#drop = drop;
  }
  async read(offset, length) {
    if (this.#stale) {
      const reason = await this.#drop();
      if (reason !== void 0) throw new Error(`the page cache could not be dropped: ${reason}`);
      this.#stale = false;
    }
    if (this.#memory.length < length) this.#memory = new Uint8Array(length);
    return this.#memory.subarray(0, await readFully(this.#handle, this.#memory, length, offset));
  }
  written() {
    this.#stale = true;
  }
  async close() {
    await this.#handle.close();
  }
};
function alignedMemory(bytes) {
  const { WebAssembly } = globalThis;
  if (WebAssembly === void 0) return void 0;
  const pages = Math.ceil(bytes / WASM_PAGE_BYTES);
  return new Uint8Array(new WebAssembly.Memory({ initial: pages, maximum: pages }).buffer);
}
function dropCache(path) {
  const env = { ...process.env, PATH: `${process.env["PATH"] ?? ""}:/usr/sbin:/sbin` };
  return new Promise((resolve) => {
    execFile("blockdev", ["--flushbufs", path], { env, timeout: DROP_TIMEOUT_MS }, (error) => {
      resolve(error === null ? void 0 : error.message.trim());
    });
  });
}

// agent/adapters/partition.ts
var MOST_READ_BYTES = 4 * 1048576;
var PartitionReader = class {
  slot;
  slotClass;
  capacity;
  path;
  handle;
  #memory = new Uint8Array(0);
  constructor(facts, handle) {
    this.slot = facts.slot;
    this.slotClass = facts.slotClass;
    this.capacity = facts.capacity;
    this.path = facts.path;
    this.handle = handle;
  }
  async read(offset, length) {
    return this.complete("read", offset, length, async () => {
      if (this.#memory.length < length) this.#memory = new Uint8Array(length);
      return this.#memory.subarray(0, await readFully(this.handle, this.#memory, length, offset));
    });
  }
  async close() {
    await this.handle.close();
  }
  /** What `body` gives, if it is as long as it was asked for. */
  async complete(verb, offset, length, body) {
    if (length > MOST_READ_BYTES) {
      throw this.failure("SLOT_READ_FAILED", verb, offset, length, new RangeError("larger than any chunk"));
    }
    const bytes = await this.attempt("SLOT_READ_FAILED", verb, offset, length, body);
    if (bytes.length !== length) {
      throw this.failure(
        "SLOT_READ_FAILED",
        verb,
        offset,
        length,
        new RangeError("the partition ends before")
      );
    }
    return bytes;
  }
  async attempt(code, verb, offset, length, body) {
    try {
      return await body();
    } catch (cause) {
      throw this.failure(code, verb, offset, length, cause);
    }
  }
  failure(code, verb, offset, length, cause) {
    const why = cause instanceof Error ? `: ${cause.message}` : "";
    return new AgentError(
      code,
      `Could not ${verb} ${length} bytes at offset ${offset} of ${this.path}${why}.`,
      {
        facts: { path: this.path, slot: this.slot, slotClass: this.slotClass, offset, length },
        cause
      }
    );
  }
};
var PartitionTarget = class extends PartitionReader {
  #readBack;
  #release;
  constructor(facts, handle, readBack2, release) {
    super(facts, handle);
    this.#readBack = readBack2;
    this.#release = release;
  }
  get readBackKind() {
    return this.#readBack.kind;
  }
  /** Also SLOT_TOO_SMALL: a file would grow without a word. */
  async write(offset, data) {
    if (offset + data.length > this.capacity) {
      throw this.failure(
        "SLOT_TOO_SMALL",
        "write",
        offset,
        data.length,
        new RangeError("the partition ends before")
      );
    }
    this.#readBack.written();
    await this.attempt("SLOT_WRITE_FAILED", "write", offset, data.length, async () => {
      let done = 0;
      while (done < data.length) {
        const { bytesWritten } = await this.handle.write(data, done, data.length - done, offset + done);
        if (bytesWritten === 0) throw new RangeError("the device takes no more bytes");
        done += bytesWritten;
      }
    });
  }
  async flush() {
    await this.attempt("SLOT_WRITE_FAILED", "flush", 0, this.capacity, () => this.handle.datasync());
  }
  async readBack(offset, length) {
    return this.complete("read back", offset, length, () => this.#readBack.read(offset, length));
  }
  async close() {
    try {
      await this.#readBack.close();
      await super.close();
    } finally {
      this.#release();
    }
  }
};

// agent/adapters/block-slots.ts
var MOST_DEVICE_BYTES = Number.MAX_SAFE_INTEGER;
var BlockSlots = class {
  #options;
  constructor(options) {
    this.#options = options;
  }
  /** Errors: SLOT_OPEN_FAILED. */
  async openForReading(slot2, slotClass) {
    const path = this.#path(slot2, slotClass);
    const handle = await openPartition(path, constants5.O_RDONLY);
    try {
      const { capacity } = await describe(path, handle);
      return new PartitionReader({ slot: slot2, slotClass, path, capacity }, handle);
    } catch (cause) {
      await handle.close();
      throw cause;
    }
  }
  /** Errors: SLOT_IS_BOOTED, SLOT_BUSY, SLOT_OPEN_FAILED. */
  async openForUpdate(slot2, slotClass) {
    const path = this.#path(slot2, slotClass);
    const booted = await this.#bootedIdentities();
    const { isBlock } = refuseBooted(path, await statPath(path), booted);
    const handle = await openPartition(path, constants5.O_RDWR | (isBlock ? constants5.O_EXCL : 0));
    let lock;
    try {
      const { identity, capacity } = await describe(path, handle);
      refuseBooted(path, await handle.stat({ bigint: true }), booted);
      if (!isBlock) lock = this.#lockFile(path, identity);
      return await this.#target(
        { slot: slot2, slotClass, path, capacity },
        handle,
        { isBlock, identity },
        () => lock?.release()
      );
    } catch (cause) {
      lock?.release();
      await handle.close();
      throw cause;
    }
  }
  async #target(facts, handle, { isBlock, identity }, release) {
    const { path } = facts;
    const reopen = async (flags) => {
      const again = await open3(path, flags);
      if (identityOf(await again.stat({ bigint: true })) === identity) return again;
      await again.close();
      throw new RangeError("the path has come to mean another device");
    };
    const readBack2 = await openReadBack({ path, isBlock }, reopen, this.#options.tools ?? SYSTEM_TOOLS).catch(
      (cause) => {
        throw failure2("SLOT_OPEN_FAILED", path, "could not be opened for reading back", cause);
      }
    );
    if (readBack2.kind === "none") {
      throw failure2("SLOT_OPEN_FAILED", path, `can only be read through the page cache: ${readBack2.reason}`);
    }
    return new PartitionTarget(facts, handle, readBack2, release);
  }
  #path(slot2, slotClass) {
    const classes = this.#options.partitions[slot2];
    const path = Object.hasOwn(classes, slotClass) ? classes[slotClass] : void 0;
    if (path !== void 0) return path;
    throw new AgentError(
      "SLOT_OPEN_FAILED",
      `Slot ${slot2} has no partition of class ${slotClass}; the configuration names ${Object.keys(classes).join(", ")}.`,
      { facts: { slot: slot2, slotClass } }
    );
  }
  /** Afresh at every opening: loop devices and mounts change. One that cannot be told is an error (rule 2). */
  async #bootedIdentities() {
    const { partitions, booted, bootedPaths = [] } = this.#options;
    const identities = /* @__PURE__ */ new Set();
    for (const path of [...Object.values(partitions[booted]), ...bootedPaths]) {
      const facts = await statPath(path);
      const identity = facts.isDirectory() ? blockIdentity(facts.dev) : identityOf(facts);
      if (identity === void 0) {
        throw failure2(
          "SLOT_OPEN_FAILED",
          path,
          "is part of the booted slot and neither file nor block device"
        );
      }
      identities.add(identity);
    }
    return identities;
  }
  /** Named by the file's own number, so that two paths to one file meet. */
  #lockFile(path, identity) {
    let lock;
    try {
      lock = holdExclusively(
        join5(this.#options.lockFolder, `slot-${identity.replaceAll(/[^0-9]+/g, "-")}.lock`)
      );
    } catch (cause) {
      throw failure2("SLOT_OPEN_FAILED", path, "could not be locked", cause);
    }
    if (lock === void 0) throw failure2("SLOT_BUSY", path, "is open for an update already");
    return lock;
  }
};
async function openPartition(path, flags) {
  try {
    return await open3(path, flags);
  } catch (cause) {
    const busy = cause instanceof Error && "code" in cause && cause.code === "EBUSY";
    if (busy) throw failure2("SLOT_BUSY", path, "is mounted or opened exclusively by something else", cause);
    throw failure2("SLOT_OPEN_FAILED", path, "could not be opened", cause);
  }
}
async function statPath(path) {
  try {
    return await stat(path, { bigint: true });
  } catch (cause) {
    throw failure2("SLOT_OPEN_FAILED", path, "could not be looked at", cause);
  }
}
async function describe(path, handle) {
  const facts = await handle.stat({ bigint: true });
  const identity = identityOf(facts);
  if (identity === void 0) throw failure2("SLOT_OPEN_FAILED", path, "is neither a file nor a block device");
  try {
    return { identity, capacity: facts.isFile() ? Number(facts.size) : await deviceBytes(handle) };
  } catch (cause) {
    throw failure2("SLOT_OPEN_FAILED", path, "does not tell its size", cause);
  }
}
function refuseBooted(path, facts, booted) {
  const identity = identityOf(facts);
  if (identity !== void 0 && booted.has(identity)) {
    throw failure2("SLOT_IS_BOOTED", path, `is part of the booted slot (${identity}) and is never written`);
  }
  return { isBlock: facts.isBlockDevice() };
}
function identityOf(facts) {
  if (facts.isBlockDevice()) return blockIdentity(facts.rdev);
  return facts.isFile() ? `file ${facts.dev}:${facts.ino}` : void 0;
}
function blockIdentity(device) {
  return `device ${device}`;
}
async function deviceBytes(handle) {
  const probe = new Uint8Array(1);
  let inside = 0;
  let outside = MOST_DEVICE_BYTES;
  while (inside < outside) {
    const middle = inside + Math.floor((outside - inside) / 2);
    const { bytesRead } = await handle.read(probe, 0, 1, middle);
    if (bytesRead === 1) inside = middle + 1;
    else outside = middle;
  }
  return inside;
}
function failure2(code, path, what, cause) {
  const why = cause instanceof Error ? `: ${cause.message}` : "";
  return new AgentError(code, `The partition ${path} ${what}${why}.`, { facts: { path }, cause });
}

// agent/adapters/child.ts
import { spawn } from "node:child_process";
var KEPT_OUTPUT = 4096;
function runChild(command, timeoutMs, signal, leftovers = "keep") {
  const [program = "", ...args] = command;
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const child = spawn(program, args, { detached: true, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    let ended;
    const keep = (piece) => {
      output = (output + piece.toString("utf8")).slice(-KEPT_OUTPUT);
    };
    const killGroup = () => {
      if (child.pid === void 0) return;
      try {
        process.kill(-child.pid, "SIGKILL");
      } catch (error) {
        if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) reject(error);
      }
    };
    const end = (why) => {
      ended = why;
      killGroup();
    };
    const limit = setTimeout(() => end(`killed after ${timeoutMs / 1e3} s`), timeoutMs);
    const abort = () => end("aborted");
    signal.addEventListener("abort", abort, { once: true });
    child.stdout.on("data", keep);
    child.stderr.on("data", keep);
    const finish = (how) => {
      clearTimeout(limit);
      signal.removeEventListener("abort", abort);
      child.stdout.destroy();
      child.stderr.destroy();
      if (signal.aborted) reject(signal.reason);
      else resolve(how);
    };
    child.on("error", (error) => finish({ status: void 0, output: error.message }));
    child.on("exit", (status) => {
      if (leftovers === "kill") killGroup();
      setImmediate(
        () => finish({
          status: ended === void 0 ? status ?? void 0 : void 0,
          output: ended ?? output.trim()
        })
      );
    });
  });
}

// agent/adapters/command-rebooter.ts
var PATIENCE_MS = 3e4;
var CommandRebooter = class {
  #command;
  constructor(command) {
    this.#command = command;
  }
  async reboot(reason) {
    const { status, output } = await runChild(this.#command, PATIENCE_MS, new AbortController().signal);
    if (status === 0) return;
    throw new AgentError(
      "REBOOT_FAILED",
      `${this.#command.join(" ")} failed (${status ?? "no exit status"}): ${output}; wanted because ${reason}.`,
      { facts: { status } }
    );
  }
};

// agent/adapters/health-command.ts
var CommandHealthCheck = class {
  name;
  #how;
  #clock;
  constructor(how, clock) {
    this.name = how.name;
    this.#how = how;
    this.#clock = clock;
  }
  async run(signal) {
    const { command, timeoutMs, retries, retryPauseMs } = this.#how;
    for (let left = retries; ; left -= 1) {
      const { status, output } = await runChild(command, timeoutMs, signal, "kill");
      if (status === 0) return { healthy: true, detail: "" };
      if (left === 0) return { healthy: false, detail: `${output || "no output"} (${exitWords(status)})` };
      await this.#clock.sleep(retryPauseMs, signal);
      signal.throwIfAborted();
    }
  }
};
function exitWords(status) {
  return status === void 0 ? "no exit status" : `exit status ${status}`;
}

// agent/adapters/heartbeat.ts
var HEARTBEAT_FILE = "heartbeat";
var HEARTBEAT_MS = 2e4;
function startHeartbeat(runFolder, reporter, clock) {
  const file = new RunFile(runFolder, HEARTBEAT_FILE, reporter);
  const beat = () => file.write(`${Math.floor(clock.uptime() / 1e3)} ${reporter.last.phase}
`);
  beat();
  const timer = setInterval(beat, HEARTBEAT_MS);
  return () => clearInterval(timer);
}

// agent/adapters/http-source.ts
import { performance as performance2 } from "node:perf_hooks";

// agent/model/range-answer.ts
var ETAG_MOST = 256;
var STRONG_ETAG = /^"[\x21\x23-\x7e]*"$/;
function strongEtag(header) {
  return header !== void 0 && header.length <= ETAG_MOST && STRONG_ETAG.test(header) ? header : void 0;
}
function anyEtag(header) {
  return strongEtag(header?.startsWith("W/") ? header.slice(2) : header) && header;
}
function isHtml(contentType) {
  return /^\s*(text\/html|application\/xhtml\+xml)\b/i.test(contentType ?? "");
}
function isEncoded(contentEncoding) {
  return !/^\s*(identity)?\s*$/i.test(contentEncoding ?? "");
}
var DIGITS = /^\d{1,15}$/;
function parseLength(header) {
  return header !== void 0 && DIGITS.test(header) ? Number(header) : void 0;
}
var CONTENT_RANGE = /^bytes (?:(\d{1,15})-(\d{1,15})|\*)\/(\d{1,15}|\*)$/i;
function parseContentRange(header) {
  const match = CONTENT_RANGE.exec(header ?? "");
  if (match === null) return void 0;
  const [, from, to, of] = match;
  const first = parseLength(from);
  const last = parseLength(to);
  const total = parseLength(of);
  if (first !== void 0 && last !== void 0) {
    if (last < first || total !== void 0 && last >= total) return void 0;
  }
  return { first, last, total };
}
var refuse2 = (code, why) => (facts) => ({ kind: "refused", code, why: why(facts), etag: facts.etag });
var ROWS = [
  // 416: does the server deny the bytes, or does it have another file?
  {
    when: (f) => f.status === 416 && f.range?.total !== void 0 && f.range.total !== f.pin.size,
    give: refuse2("PAYLOAD_LENGTH", (f) => `the server's file has ${f.range?.total} bytes`)
  },
  {
    when: (f) => f.status === 416,
    give: refuse2(
      "RANGE_NOT_SATISFIABLE",
      (f) => `the server denies the range, and its total is ${f.range?.total ?? "not given"}`
    )
  },
  // Neither the payload nor a part of it.
  {
    when: (f) => f.status !== 200 && f.status !== 206,
    give: (f) => refuse2(statusErrorCode(f.status), () => `the status is ${f.status}`)(f)
  },
  // A log-in page looks like success. It is first among the 200s: it may be compressed and of any length.
  {
    when: (f) => f.status === 200 && f.html,
    give: refuse2("CAPTIVE_PORTAL", () => "an HTML page came instead of a payload")
  },
  {
    when: (f) => f.encoded,
    give: refuse2("RANGE_ANSWER", () => "the body is compressed, which was not asked for")
  },
  // 200: the server ignores ranges, or If-Range told it that the validator is not its own.
  {
    when: (f) => f.status === 200 && f.length === void 0,
    give: refuse2("RANGE_ANSWER", () => "the whole file is sent without a length")
  },
  {
    when: (f) => f.status === 200 && f.length !== f.pin.size,
    give: refuse2("PAYLOAD_LENGTH", (f) => `the server's file has ${f.length} bytes`)
  },
  {
    // From byte 0 nothing of the old body is mixed with the new one, so there it is taken below.
    when: (f) => f.status === 200 && f.changed && f.start > 0,
    give: refuse2("VALIDATOR_CHANGED", (f) => `the ETag is ${f.etag ?? "gone"} and was ${f.pin.etag}`)
  },
  {
    when: (f) => f.status === 200,
    give: (f) => ({ kind: "body", skip: f.start, take: f.end - f.start, etag: f.etag })
  },
  // 206
  {
    when: (f) => f.multipart,
    give: refuse2("RANGE_ANSWER", () => "one range was asked for and several parts came")
  },
  {
    when: (f) => f.range?.first === void 0 || f.range.last === void 0,
    give: refuse2("RANGE_ANSWER", () => "the part does not say which bytes it holds")
  },
  {
    when: (f) => f.range?.total === void 0,
    give: refuse2("RANGE_ANSWER", () => "the part does not say how long the file is")
  },
  {
    when: (f) => f.range?.total !== f.pin.size,
    give: refuse2("PAYLOAD_LENGTH", (f) => `the server's file has ${f.range?.total} bytes`)
  },
  {
    when: (f) => f.changed,
    give: refuse2("VALIDATOR_CHANGED", (f) => `the ETag is ${f.etag ?? "gone"} and was ${f.pin.etag}`)
  },
  {
    when: (f) => f.range?.first !== f.start,
    give: refuse2("RANGE_ANSWER", (f) => `the part starts at byte ${f.range?.first}`)
  },
  {
    when: (f) => f.length !== void 0 && f.length !== partLength(f),
    give: refuse2("RANGE_ANSWER", (f) => `the part of ${partLength(f)} bytes is sent as ${f.length} bytes`)
  }
];
var LAST_ROW = {
  when: () => true,
  give: (f) => ({ kind: "body", skip: 0, take: Math.min(partLength(f), f.end - f.start), etag: f.etag })
};
function partLength(facts) {
  return (facts.range?.last ?? -1) - (facts.range?.first ?? 0) + 1;
}
function judgeRangeAnswer(ask, head) {
  const etag = strongEtag(head.etag);
  const facts = {
    ...ask,
    status: head.status,
    html: isHtml(head.contentType),
    encoded: isEncoded(head.contentEncoding),
    multipart: /^\s*multipart\//i.test(head.contentType ?? ""),
    length: parseLength(head.contentLength),
    range: parseContentRange(head.contentRange),
    etag,
    changed: ask.pin.etag !== void 0 && ask.pin.etag !== etag
  };
  return (ROWS.find((row) => row.when(facts)) ?? LAST_ROW).give(facts);
}

// agent/adapters/http-get.ts
import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";

// agent/model/redirect.ts
var REDIRECTS_MOST = 5;
var REDIRECT_STATUSES = /* @__PURE__ */ new Set([301, 302, 303, 307, 308]);
var LOCATION_MOST = 8192;
function isRedirect(status) {
  return REDIRECT_STATUSES.has(status);
}
function parseLocation(location, from) {
  if (location.length > LOCATION_MOST || !URL.canParse(location, from.href)) return void 0;
  const url = new URL(location, from);
  url.username = "";
  url.password = "";
  url.hash = "";
  return url;
}
function judgeRedirect(state, from, location) {
  const refused = (why) => ({ kind: "refused", why });
  if (location === void 0) return refused("it does not say where to");
  const url = parseLocation(location, from);
  if (url === void 0) return refused("it does not lead to a usable address");
  if (url.protocol !== "http:" && url.protocol !== "https:") return refused(`it leads to ${url.protocol}`);
  if (from.protocol === "https:" && url.protocol === "http:") return refused("it leads from https to http");
  if (state.visited.includes(url.href)) return refused("it leads in a circle");
  if (state.visited.length > REDIRECTS_MOST) return refused(`it is one more than ${REDIRECTS_MOST}`);
  const trusted = state.trusted && url.origin === from.origin;
  return { kind: "follow", url, state: { visited: [...state.visited, url.href], trusted } };
}

// agent/adapters/http-get.ts
var DEFAULT_PATIENCE = { connectMs: 15e3, idleMs: 6e4 };
var POOL_SIZE = 2;
var HttpGet = class {
  #options;
  #agents = {
    http: new HttpAgent({ keepAlive: true, maxFreeSockets: POOL_SIZE }),
    https: new HttpsAgent({ keepAlive: true, maxFreeSockets: POOL_SIZE })
  };
  #client;
  constructor(options) {
    this.#options = options;
  }
  /**
   * The first answer that is no redirect. `secretHeaders` are sent to the origin of `url` only.
   * Errors: CONNECTION_FAILED, DNS_FAILED, TIMEOUT, REDIRECT_REFUSED, CERTIFICATE_*; after an abort the reason.
   */
  async get(url, headers, secretHeaders, signal) {
    let at = url;
    let state = { visited: [url.href], trusted: true };
    for (; ; ) {
      const answer = await this.#ask(at, headers, state.trusted ? secretHeaders : void 0, signal);
      if (!isRedirect(answer.status)) return answer;
      answer.drop();
      const verdict = judgeRedirect(state, at, answer.header("location"));
      if (verdict.kind === "refused") {
        throw new AgentError("REDIRECT_REFUSED", `${answer.address} redirects, but ${verdict.why}.`, {
          facts: { address: answer.address, status: answer.status }
        });
      }
      at = verdict.url;
      state = verdict.state;
    }
  }
  close() {
    this.#agents.http.destroy();
    this.#agents.https.destroy();
  }
  /** One request to one address. `secretHeaders` undefined: a stranger, who also sees no device certificate. */
  async #ask(url, headers, secretHeaders, signal) {
    signal.throwIfAborted();
    const { patience, tls, userAgent } = this.#options;
    const client = await this.#load();
    const address = `${url.origin}${url.pathname}`;
    const request = client.stream(url, {
      headers: {
        "user-agent": userAgent,
        "accept-encoding": "identity",
        ...headers,
        ...secretHeaders
      },
      // Retries and redirects of the library know neither our ranges nor our secrets.
      retry: { limit: 0 },
      followRedirect: false,
      throwHttpErrors: false,
      // A decoder in between would hide what was really sent and lose count of it.
      decompress: false,
      // The library's idle limit would also run while the slot is slow; `bodyOf` has its own.
      timeout: {
        lookup: patience.connectMs,
        connect: patience.connectMs,
        secureConnect: patience.connectMs,
        response: patience.idleMs
      },
      https: {
        ...tls.certificateAuthority !== void 0 && { certificateAuthority: tls.certificateAuthority },
        ...secretHeaders !== void 0 && tls.certificate !== void 0 && tls.key !== void 0 && { certificate: tls.certificate, key: tls.key }
      },
      agent: this.#agents,
      signal
    });
    const response = await this.#head(request, address, signal);
    return {
      status: response.statusCode,
      header: (name2) => headerOf(response, name2),
      address,
      drop: () => request.destroy(),
      body: () => bodyOf(request, address, patience.idleMs, signal)
    };
  }
  #head(request, address, signal) {
    return new Promise((resolve, reject) => {
      request.once("response", resolve);
      request.on("error", (error) => {
        request.destroy();
        if (signal.aborted) return reject(signal.reason);
        const systemCode = systemCodeOf(error);
        const code = connectionErrorCode(systemCode, this.#options.clockSynchronised());
        const facts = { address, systemCode };
        reject(new AgentError(code, `${address} did not answer: ${error.message}.`, { facts, cause: error }));
      });
    });
  }
  /** Loaded with the first request: commands that never download do not pay its 20 MB. */
  #load() {
    this.#client ??= import("./source-FDRSPVSC.mjs").then((module) => module.default);
    return this.#client;
  }
};
function headerOf(response, name2) {
  const value = response.headers[name2];
  return Array.isArray(value) ? value[0] : value;
}
function systemCodeOf(error) {
  return "code" in error && typeof error.code === "string" ? error.code : void 0;
}
function retryFacts(answer) {
  return {
    address: answer.address,
    status: answer.status,
    retryAfterMs: parseRetryAfter(answer.header("retry-after"), answer.header("date"))
  };
}
async function* bodyOf(request, address, idleMs, signal) {
  const pieces = request[Symbol.asyncIterator]();
  let stalled = false;
  const stall = () => {
    stalled = true;
    request.destroy(new Error(`no byte for ${idleMs} ms`));
  };
  let received = 0;
  try {
    for (; ; ) {
      const timer = setTimeout(stall, idleMs);
      const piece = await pieces.next().finally(() => clearTimeout(timer));
      if (piece.done === true) return;
      received += piece.value.length;
      yield piece.value;
    }
  } catch (cause) {
    if (signal.aborted) throw signal.reason;
    const facts = { address, received };
    if (stalled) {
      throw new AgentError("TIMEOUT", `${address} sent no byte for ${idleMs} ms.`, { facts, cause });
    }
    throw new AgentError("SHORT_BODY", `${address} broke off after ${received} bytes.`, { facts, cause });
  } finally {
    request.destroy();
  }
}

// agent/adapters/http-source.ts
var OFFER_MOST_MS = 10 * 6e4;
var HOPE = ["retry", "wait", "operator", "refuse", "abandon", "roll-back"];
function createHttpSource(options) {
  return new HttpSource(options);
}
var HttpSource = class {
  name;
  #mirrors;
  #http;
  /** Index of the mirror that is asked first; moves on when one fails, returns to 0 with each offer. */
  #preferred = 0;
  constructor(options) {
    if (options.baseUrls.length === 0) {
      throw new AgentError("CONFIG_INVALID", "There is no base URL in [server].");
    }
    this.#mirrors = options.baseUrls.map((text2) => parseMirror(text2, options.secretHeaders ?? {}));
    this.name = this.#mirrors.map((mirror) => mirror.base.href).join(" ");
    this.#http = new HttpGet({
      tls: options.tls ?? {},
      patience: { ...DEFAULT_PATIENCE, ...options.patience },
      userAgent: options.userAgent ?? "donabe",
      clockSynchronised: options.clockSynchronised ?? (() => true)
    });
  }
  offer(previousEtag, signal) {
    this.#preferred = 0;
    return this.#fromMirrors(signal, async (mirror) => {
      const validator = anyEtag(previousEtag);
      const answer = await this.#get(mirror, OFFER_NAME, signal, {
        "cache-control": "no-cache",
        ...validator !== void 0 && { "if-none-match": validator }
      });
      return readOffer(answer, validator !== void 0);
    });
  }
  async read(name2, size, signal) {
    if (size === 0) return new Uint8Array(0);
    const answer = await this.range(name2, 0, size, { size, etag: void 0 }, signal);
    const whole2 = new Uint8Array(size);
    let filled = 0;
    for await (const piece of answer.body) {
      whole2.set(piece, filled);
      filled += piece.length;
    }
    return whole2;
  }
  range(name2, start, end, pin, signal) {
    requireRange(name2, start, end, pin);
    return this.#fromMirrors(signal, async (mirror) => {
      const validator = strongEtag(pin.etag);
      const answer = await this.#get(mirror, name2, signal, {
        range: `bytes=${start}-${end - 1}`,
        ...validator !== void 0 && { "if-range": validator }
      });
      const verdict = judgeRangeAnswer({ start, end, pin }, headOf(answer));
      if (verdict.kind === "refused") {
        answer.drop();
        throw new AgentError(verdict.code, `${answer.address}, bytes ${start} to ${end}: ${verdict.why}.`, {
          facts: { ...retryFacts(answer), start, end, etag: verdict.etag }
        });
      }
      return new RangeBody(answer, { ...verdict, wanted: end - start }, () => this.#moveOn());
    });
  }
  async close() {
    this.#http.close();
  }
  #get(mirror, name2, signal, headers) {
    const url = new URL(requirePayloadName(name2), mirror.base);
    return this.#http.get(url, headers, mirror.secretHeaders, signal);
  }
  /** The first mirror's answer that can be used. A changed validator ends the round: that mirror is up. */
  async #fromMirrors(signal, ask) {
    const failures = [];
    for (const mirror of this.#inOrder()) {
      try {
        return await ask(mirror);
      } catch (error) {
        if (!(error instanceof AgentError) || error.code === "VALIDATOR_CHANGED" || signal.aborted)
          throw error;
        failures.push(error);
        this.#moveOn();
      }
    }
    throw mostHopeful(failures);
  }
  #inOrder() {
    return [...this.#mirrors.slice(this.#preferred), ...this.#mirrors.slice(0, this.#preferred)];
  }
  #moveOn() {
    this.#preferred = (this.#preferred + 1) % this.#mirrors.length;
  }
};
var RangeBody = class {
  etag;
  body;
  #discarded = 0;
  constructor(answer, part, whenBroken) {
    this.etag = part.etag;
    this.body = this.#read(answer, part, whenBroken);
  }
  discarded = () => this.#discarded;
  async *#read(answer, { skip, take, wanted }, whenBroken) {
    let left = take;
    try {
      for await (const piece of answer.body()) {
        const skipped = Math.min(skip - this.#discarded, piece.length);
        this.#discarded += skipped;
        const used = piece.subarray(skipped, skipped + left);
        left -= used.length;
        yield used;
        if (left === 0) break;
      }
    } catch (error) {
      whenBroken();
      throw error;
    }
    if (take - left === wanted) return;
    whenBroken();
    throw new AgentError("SHORT_BODY", `${answer.address} sent ${take - left} of ${wanted} bytes.`, {
      facts: { address: answer.address, received: take - left, wanted }
    });
  }
};
function headOf(answer) {
  return {
    status: answer.status,
    contentRange: answer.header("content-range"),
    contentLength: answer.header("content-length"),
    contentType: answer.header("content-type"),
    contentEncoding: answer.header("content-encoding"),
    etag: answer.header("etag")
  };
}
async function readOffer(answer, conditional) {
  const refuse3 = (code, why) => {
    answer.drop();
    return new AgentError(code, `${answer.address}: ${why}.`, { facts: retryFacts(answer) });
  };
  if (answer.status === 304 && conditional) {
    answer.drop();
    return { kind: "unchanged" };
  }
  if (answer.status !== 200) throw refuse3(statusErrorCode(answer.status), `the status is ${answer.status}`);
  if (isHtml(answer.header("content-type"))) {
    throw refuse3("CAPTIVE_PORTAL", "an HTML page came instead of a release");
  }
  if (isEncoded(answer.header("content-encoding"))) {
    throw refuse3("RANGE_ANSWER", "the body is compressed, which was not asked for");
  }
  const tooLarge = () => refuse3("OFFER_TOO_LARGE", `the release is larger than ${OFFER_MOST_BYTES} bytes`);
  if ((parseLength(answer.header("content-length")) ?? 0) > OFFER_MOST_BYTES) throw tooLarge();
  const pieces = [];
  const startedAt = performance2.now();
  let size = 0;
  for await (const piece of answer.body()) {
    size += piece.length;
    if (size > OFFER_MOST_BYTES) throw tooLarge();
    if (performance2.now() - startedAt > OFFER_MOST_MS)
      throw refuse3("TIMEOUT", "the release comes too slowly");
    pieces.push(piece);
  }
  const envelope = Buffer.concat(pieces);
  if (/^\s*</.test(envelope.subarray(0, 64).toString("latin1"))) {
    throw refuse3("CAPTIVE_PORTAL", "a page came instead of a release");
  }
  return { kind: "offer", envelope, etag: anyEtag(answer.header("etag")) };
}
function parseMirror(text2, secretHeaders) {
  const base = URL.canParse(text2) ? new URL(text2) : void 0;
  if (base === void 0 || base.protocol !== "http:" && base.protocol !== "https:") {
    throw new AgentError("CONFIG_INVALID", "A base URL of [server] is not an http or https address.");
  }
  const login = `${decodeURIComponent(base.username)}:${decodeURIComponent(base.password)}`;
  base.username = "";
  base.password = "";
  base.search = "";
  base.hash = "";
  if (!base.pathname.endsWith("/")) base.pathname += "/";
  if (login === ":") return { base, secretHeaders };
  const authorization = `Basic ${Buffer.from(login).toString("base64")}`;
  return { base, secretHeaders: { authorization, ...secretHeaders } };
}
function mostHopeful(failures) {
  return failures.reduce((best, next) => hope(next) < hope(best) ? next : best);
}
function hope(error) {
  return HOPE.indexOf(error.policy);
}

// agent/adapters/key-folder.ts
import { readdir, readFile } from "node:fs/promises";
import { join as join6 } from "node:path";
var SUFFIX = ".pub";
async function readKeyFolder(folder, threshold) {
  try {
    const names = (await readdir(folder)).filter((name2) => name2.endsWith(SUFFIX)).sort();
    const keys = await Promise.all(
      names.map(async (name2) => decodePublicKey(await readFile(join6(folder, name2), "utf8"), name2))
    );
    return { ring: keyRing(keys), threshold };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const what = error instanceof FormatError ? error.message : `cannot be read: ${error.message}`;
    throw new AgentError("CONFIG_INVALID", `The key folder ${folder}: ${what}`, {
      cause: error,
      facts: { folder }
    });
  }
}

// agent/adapters/log.ts
function logEvents(reporter, write) {
  let last = "";
  reporter.on("happened", ({ name: name2, message }) => write(`${name2}: ${message}`));
  reporter.on("progressed", ({ phase, status, reason, progress, bytes }) => {
    const tenth = Math.floor(progress / 10);
    const key = `${phase} ${status} ${reason ?? ""} ${tenth}`;
    if (key === last) return;
    last = key;
    const moved = `fetched ${bytes.fetched}, reused ${bytes.reused}, written ${bytes.written}`;
    write(`phase ${phase} ${tenth * 10} % (${moved})${reason === void 0 ? "" : `: ${reason}`}`);
  });
}

// agent/adapters/system-clock.ts
import { existsSync, readFileSync as readFileSync2 } from "node:fs";
var LONGEST_TIMER_MS = 2 ** 31 - 1;
var SystemClock = class {
  #paths;
  constructor(paths) {
    this.#paths = paths;
  }
  now() {
    return Date.now();
  }
  synchronised() {
    return existsSync(this.#paths.synchronised);
  }
  monotonic() {
    return performance.now();
  }
  uptime() {
    const seconds = Number.parseFloat(readFileSync2(this.#paths.uptime, "utf8"));
    if (!Number.isFinite(seconds)) throw new Error(`${this.#paths.uptime} holds no number`);
    return seconds * 1e3;
  }
  async sleep(ms, signal) {
    const end = performance.now() + ms;
    for (let left = ms; left > 0 && !signal.aborted; left = end - performance.now()) {
      await oneTimer(Math.min(left, LONGEST_TIMER_MS), signal);
    }
  }
};
function oneTimer(ms, signal) {
  return new Promise((resolve) => {
    const finish = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", finish);
      resolve();
    };
    const timer = setTimeout(finish, ms);
    signal.addEventListener("abort", finish, { once: true });
  });
}

// agent/version.ts
var AGENT_VERSION = "0.1.0";

// agent/main.ts
var STORE_FILE = "store.sqlite";
async function loadConfig(path) {
  try {
    return parseConfig(await readFile2(path, "utf8"));
  } catch (error) {
    if (error instanceof AgentError || !(error instanceof Error)) throw error;
    throw new AgentError("CONFIG_INVALID", `The configuration ${path} cannot be read: ${error.message}`, {
      cause: error
    });
  }
}
async function openDevice(config, reporter) {
  const board = await openBoard(config, reporter);
  const { store, fault } = await openStoreOrMemory(config, board.device);
  const device = { ...board.device, store, storeFault: fault };
  const close = async () => {
    store.dispose();
    await board.close();
  };
  return { device, close };
}
async function openToRead(config, reporter) {
  const board = await openBoard(config, reporter);
  const store = existsSync2(storePath(config)) ? openStoreReadOnly(storePath(config)) : emptyStore();
  const close = async () => {
    store.dispose();
    await board.close();
  };
  return { device: { ...board.device, store }, close };
}
async function openBoard(config, reporter) {
  const { values } = config;
  mkdirSync2(values["paths.run"], { recursive: true });
  const clock = systemClock(config);
  const booted = await bootedSlot(config);
  const release = readReleaseInfo(values["paths.release-info"]);
  const bootControl = await openBootControl(config, booted);
  const vault = await openVault(config);
  const mcuLine = configuredMcuLine(values);
  const mcu = mcuLine && new SerialMcu(mcuLine);
  const { record } = await vault.read();
  const device = {
    id: reporter.last.device_id,
    booted,
    bootId: readFileSync3(values["paths.boot-id"], "utf8").trim(),
    bootMode: await readBootMode(config, reporter),
    profile: {
      compatible: values["device.compatible"],
      channel: values["device.channel"],
      slotClasses: Object.keys(config.slots.a),
      agentVersion: AGENT_VERSION,
      bootedVersion: release.version,
      bootedIdentity: record.seals[booted]?.identity
    },
    release,
    keys: () => readKeyFolder(values["paths.keys"], values["trust.threshold"]),
    policy: {
      // A format may hold fewer than the configuration asks for; all it has is then the best there is.
      tries: Math.min(values["boot-control.tries"], bootControl.abilities.mostTries),
      confirmDeadlineMs: values["confirm.deadline-s"] * 1e3,
      checkpointBytes: values["checkpoint.bytes"],
      checkpointMs: values["checkpoint.interval-ms"],
      byteBudget: values["server.byte-budget"] === 0 ? void 0 : values["server.byte-budget"],
      interlockPollMs: values["mcu.poll-interval-ms"]
    },
    bootControl,
    slots: openSlots(config, booted),
    vault,
    mcu,
    health: config.health.map((check3) => new CommandHealthCheck(check3, clock)),
    rebooter: new CommandRebooter(values["reboot.command"]),
    clock,
    reporter,
    random: Math.random
  };
  const close = async () => {
    await mcu?.close();
    await vault.close();
    await bootControl.close();
  };
  return { device, close };
}
function openSlots(config, booted) {
  return new BlockSlots({
    partitions: config.slots,
    booted,
    lockFolder: config.values["paths.run"],
    bootedPaths: ["/"]
  });
}
async function readBootMode({ values }, reporter) {
  const path = values["boot-params.path"];
  if (path === "") return "normal";
  try {
    return (await readBootParams(path, values["boot-params.offset"])).bootMode;
  } catch (error) {
    if (!(error instanceof BootControlError)) throw error;
    reporter.happened("boot-params-unreadable", error.message, { code: error.code });
    return "normal";
  }
}
function systemClock({ values }) {
  return new SystemClock({ uptime: values["paths.uptime"], synchronised: values["paths.time-synchronised"] });
}
function newReporter(config) {
  return new Reporter(config.values["device.id"] || idFromMachine());
}
function openBootControl({ values }, booted) {
  return inBootControl(
    "open the boot control",
    async () => openBackend(values["boot-control.backend"], {
      path: values["boot-control.path"],
      booted,
      names: bootNames(values),
      counting: countingNamed(values["boot-control.counting"]),
      trialMark: values["boot-control.trial-mark"]
    })
  );
}
function bootNames(values) {
  return { a: values["boot-control.name-a"], b: values["boot-control.name-b"] };
}
function openVault(config) {
  const [first = "", second = ""] = config.values["paths.vault"];
  return openFileVault(first, second);
}
async function bootedSlot({ values, slots }) {
  try {
    return await findBootedSlot({
      cmdline: values["paths.cmdline"],
      names: bootNames(values),
      partitions: { a: Object.values(slots.a), b: Object.values(slots.b) },
      command: values["boot-control.booted-command"]
    });
  } catch (error) {
    if (!(error instanceof BootControlError)) throw error;
    throw new AgentError("BOOTED_SLOT_UNKNOWN", `Which slot is booted is not known: ${error.message}`, {
      cause: error
    });
  }
}
function openSource(config, text2) {
  return /^https?:\/\//i.test(text2) ? httpSource(config, [text2]) : createFolderSource(text2);
}
function storePath(config) {
  return join7(config.values["paths.data"], STORE_FILE);
}
async function runAgent(configPath, write) {
  const config = await loadConfig(configPath);
  mkdirSync2(config.values["paths.run"], { recursive: true });
  const only = acquireLock(config.values["paths.run"], "agent", "agent");
  try {
    await runDaemon(config, write);
  } finally {
    only.release();
  }
}
async function runDaemon(config, write) {
  const { values } = config;
  const reporter = newReporter(config);
  logEvents(reporter, write);
  const clock = systemClock(config);
  const ignore = () => void 0;
  process.on("SIGUSR1", ignore).on("SIGUSR2", ignore);
  const { device, close } = await whenUnlocked(config, clock, () => openDevice(config, reporter));
  for (const warning of config.warnings) write(`config-warning: ${warning}`);
  keepStatusFile(values["paths.run"], reporter, () => clock.monotonic());
  const stopHeartbeat = startHeartbeat(values["paths.run"], reporter, clock);
  const urls = values["server.base-urls"];
  const source = urls.length === 0 ? void 0 : httpSource(config, urls);
  const daemon = new Daemon({
    device,
    source,
    openSource: (text2) => openSource(config, text2),
    lock: () => {
      const lock = acquireLock(values["paths.run"], "agent");
      return () => lock.release();
    },
    pollIntervalMs: values["server.poll-interval-s"] * 1e3,
    pollJitterPercent: values["server.poll-jitter-percent"]
  });
  const stop = () => daemon.stop();
  const poke = () => daemon.poke();
  process.on("SIGTERM", stop).on("SIGINT", stop).on("SIGUSR1", poke).on("SIGUSR2", poke);
  reporter.happened(
    "agent-started",
    `Agent ${AGENT_VERSION} runs release ${device.release.version} in slot ${device.booted}.`
  );
  try {
    await daemon.run();
  } finally {
    stopHeartbeat();
    process.off("SIGTERM", stop).off("SIGINT", stop).off("SIGUSR1", poke).off("SIGUSR2", poke);
    await source?.close();
    await close();
  }
}
async function whenUnlocked(config, clock, work) {
  for (; ; ) {
    const lock = lockIfFree(config);
    if (lock !== void 0) return work().finally(() => lock.release());
    await clock.sleep(LOCKED_PAUSE_MS, new AbortController().signal);
  }
}
function lockIfFree({ values }) {
  try {
    return acquireLock(values["paths.run"], "agent");
  } catch (error) {
    if (error instanceof AgentError && error.code === "LOCKED") return void 0;
    throw error;
  }
}
function httpSource(config, baseUrls) {
  const { values } = config;
  const pem = (path) => path === "" ? void 0 : readFileSync3(path, "utf8");
  const clock = new SystemClock({
    uptime: values["paths.uptime"],
    synchronised: values["paths.time-synchronised"]
  });
  return createHttpSource({
    baseUrls,
    tls: {
      certificateAuthority: pem(values["server.ca-file"]),
      certificate: pem(values["server.client-certificate"]),
      key: pem(values["server.client-key"])
    },
    patience: {
      connectMs: values["server.connect-timeout-s"] * 1e3,
      idleMs: values["server.idle-timeout-s"] * 1e3
    },
    userAgent: `donabe/${AGENT_VERSION}`,
    clockSynchronised: () => clock.synchronised()
  });
}
async function openStoreOrMemory(config, { booted, bootControl, reporter, vault }) {
  const boot = await inBootControl("judge the booted slot", () => bootControl.read());
  const mayMigrate = isGood(booted, boot, (await vault.read()).record);
  try {
    mkdirSync2(config.values["paths.data"], { recursive: true });
    const { store, setAside: setAside2 } = openStore(storePath(config), { mayMigrate });
    if (setAside2 !== void 0) {
      reporter.happened(
        "store-set-aside",
        `The store was damaged (${setAside2.reason}); kept as ${setAside2.path}.`
      );
    }
    return { store, fault: void 0 };
  } catch (error) {
    const fault = storeFault(error);
    reporter.happened("store-out-of-order", fault.message, { code: fault.code });
    return { store: emptyStore(), fault };
  }
}
function emptyStore() {
  return openStore(":memory:", { mayMigrate: true }).store;
}
function storeFault(error) {
  if (error instanceof AgentError) return error;
  if (error instanceof Error && "code" in error) {
    return new AgentError("STORE_UNWRITABLE", `The data folder cannot be used: ${error.message}`, {
      cause: error
    });
  }
  throw error;
}
function readReleaseInfo(path) {
  try {
    return decodeReleaseInfo(readFileSync3(path));
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw new AgentError("RELEASE_INFO_INVALID", `${path}: ${error.message}`, { cause: error });
  }
}
function idFromMachine() {
  const machineId = readFileSync3("/etc/machine-id", "utf8").trim();
  return createHash7("sha256").update(`donabe ${machineId}`).digest("hex").slice(0, 16);
}
export {
  AGENT_VERSION,
  AgentError,
  Daemon,
  EMPTY_VAULT,
  ERROR_TABLE,
  RegionVault,
  Reporter,
  STATUS_FILE,
  Stopped,
  VAULT_COPY_BYTES,
  acquireLock,
  agentIsUp,
  bootedSlot,
  checkSeal,
  configuredMcuLine,
  createFolderSource,
  encodeVaultRecord,
  enter,
  isGood,
  loadConfig,
  lockHolder,
  newReporter,
  noteAgentStart,
  obeyCancel,
  obeyConfirm,
  obeyRollback,
  openBootControl,
  openDevice,
  openFileVault,
  openSlots,
  openSource,
  openStore,
  openToRead,
  openVault,
  parseConfig,
  refusalOf,
  refuseWarnings,
  runAgent,
  sealOf,
  storePath,
  update,
  verify2 as verify,
  verifyManifest
};
/*! Bundled license information:

smol-toml/dist/error.js:
smol-toml/dist/primitive.js:
smol-toml/dist/date.js:
smol-toml/dist/extract.js:
smol-toml/dist/util.js:
smol-toml/dist/struct.js:
smol-toml/dist/parse.js:
smol-toml/dist/stringify.js:
smol-toml/dist/index.js:
  (*!
   * Copyright (c) Squirrel Chat et al., All rights reserved.
   * SPDX-License-Identifier: BSD-3-Clause
   *
   * Redistribution and use in source and binary forms, with or without
   * modification, are permitted provided that the following conditions are met:
   *
   * 1. Redistributions of source code must retain the above copyright notice, this
   *    list of conditions and the following disclaimer.
   * 2. Redistributions in binary form must reproduce the above copyright notice,
   *    this list of conditions and the following disclaimer in the
   *    documentation and/or other materials provided with the distribution.
   * 3. Neither the name of the copyright holder nor the names of its contributors
   *    may be used to endorse or promote products derived from this software without
   *    specific prior written permission.
   *
   * THIS SOFTWARE IS PROVIDED BY THE COPYRIGHT HOLDERS AND CONTRIBUTORS "AS IS" AND
   * ANY EXPRESS OR IMPLIED WARRANTIES, INCLUDING, BUT NOT LIMITED TO, THE IMPLIED
   * WARRANTIES OF MERCHANTABILITY AND FITNESS FOR A PARTICULAR PURPOSE ARE
   * DISCLAIMED. IN NO EVENT SHALL THE COPYRIGHT HOLDER OR CONTRIBUTORS BE LIABLE
   * FOR ANY DIRECT, INDIRECT, INCIDENTAL, SPECIAL, EXEMPLARY, OR CONSEQUENTIAL
   * DAMAGES (INCLUDING, BUT NOT LIMITED TO, PROCUREMENT OF SUBSTITUTE GOODS OR
   * SERVICES; LOSS OF USE, DATA, OR PROFITS; OR BUSINESS INTERRUPTION) HOWEVER
   * CAUSED AND ON ANY THEORY OF LIABILITY, WHETHER IN CONTRACT, STRICT LIABILITY,
   * OR TORT (INCLUDING NEGLIGENCE OR OTHERWISE) ARISING IN ANY WAY OUT OF THE USE
   * OF THIS SOFTWARE, EVEN IF ADVISED OF THE POSSIBILITY OF SUCH DAMAGE.
   *)

@noble/ed25519/index.js:
  (*! noble-ed25519 - MIT License (c) 2019 Paul Miller (paulmillr.com) *)
*/
