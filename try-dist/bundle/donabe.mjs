#!/usr/bin/env node
import { createRequire as requireFrom } from 'node:module';
const require = requireFrom(import.meta.url);
import {
  __commonJS,
  __require,
  __toESM
} from "./chunk-D7EF6GD6.mjs";

// ../../main/node_modules/commander/lib/error.js
var require_error = __commonJS({
  "../../main/node_modules/commander/lib/error.js"(exports) {
    var CommanderError2 = class extends Error {
      /**
       * Constructs the CommanderError class
       * @param {number} exitCode suggested exit code which could be used with process.exit
       * @param {string} code an id string representing the error
       * @param {string} message human-readable description of the error
       */
      constructor(exitCode, code, message) {
        super(message);
        Error.captureStackTrace(this, this.constructor);
        this.name = this.constructor.name;
        this.code = code;
        this.exitCode = exitCode;
        this.nestedError = void 0;
      }
    };
    var InvalidArgumentError2 = class extends CommanderError2 {
      /**
       * Constructs the InvalidArgumentError class
       * @param {string} [message] explanation of why argument is invalid
       */
      constructor(message) {
        super(1, "commander.invalidArgument", message);
        Error.captureStackTrace(this, this.constructor);
        this.name = this.constructor.name;
      }
    };
    exports.CommanderError = CommanderError2;
    exports.InvalidArgumentError = InvalidArgumentError2;
  }
});

// ../../main/node_modules/commander/lib/argument.js
var require_argument = __commonJS({
  "../../main/node_modules/commander/lib/argument.js"(exports) {
    var { InvalidArgumentError: InvalidArgumentError2 } = require_error();
    var Argument2 = class {
      /**
       * Initialize a new command argument with the given name and description.
       * The default is that the argument is required, and you can explicitly
       * indicate this with <> around the name. Put [] around the name for an optional argument.
       *
       * @param {string} name
       * @param {string} [description]
       */
      constructor(name, description) {
        this.description = description || "";
        this.variadic = false;
        this.parseArg = void 0;
        this.defaultValue = void 0;
        this.defaultValueDescription = void 0;
        this.argChoices = void 0;
        switch (name[0]) {
          case "<":
            this.required = true;
            this._name = name.slice(1, -1);
            break;
          case "[":
            this.required = false;
            this._name = name.slice(1, -1);
            break;
          default:
            this.required = true;
            this._name = name;
            break;
        }
        if (this._name.endsWith("...")) {
          this.variadic = true;
          this._name = this._name.slice(0, -3);
        }
      }
      /**
       * Return argument name.
       *
       * @return {string}
       */
      name() {
        return this._name;
      }
      /**
       * @package
       */
      _collectValue(value, previous) {
        if (previous === this.defaultValue || !Array.isArray(previous)) {
          return [value];
        }
        previous.push(value);
        return previous;
      }
      /**
       * Set the default value, and optionally supply the description to be displayed in the help.
       *
       * @param {*} value
       * @param {string} [description]
       * @return {Argument}
       */
      default(value, description) {
        this.defaultValue = value;
        this.defaultValueDescription = description;
        return this;
      }
      /**
       * Set the custom handler for processing CLI command arguments into argument values.
       *
       * @param {Function} [fn]
       * @return {Argument}
       */
      argParser(fn) {
        this.parseArg = fn;
        return this;
      }
      /**
       * Only allow argument value to be one of choices.
       *
       * @param {string[]} values
       * @return {Argument}
       */
      choices(values) {
        this.argChoices = values.slice();
        this.parseArg = (arg, previous) => {
          if (!this.argChoices.includes(arg)) {
            throw new InvalidArgumentError2(
              `Allowed choices are ${this.argChoices.join(", ")}.`
            );
          }
          if (this.variadic) {
            return this._collectValue(arg, previous);
          }
          return arg;
        };
        return this;
      }
      /**
       * Make argument required.
       *
       * @returns {Argument}
       */
      argRequired() {
        this.required = true;
        return this;
      }
      /**
       * Make argument optional.
       *
       * @returns {Argument}
       */
      argOptional() {
        this.required = false;
        return this;
      }
    };
    function humanReadableArgName(arg) {
      const nameOutput = arg.name() + (arg.variadic === true ? "..." : "");
      return arg.required ? "<" + nameOutput + ">" : "[" + nameOutput + "]";
    }
    exports.Argument = Argument2;
    exports.humanReadableArgName = humanReadableArgName;
  }
});

// ../../main/node_modules/commander/lib/help.js
var require_help = __commonJS({
  "../../main/node_modules/commander/lib/help.js"(exports) {
    var { humanReadableArgName } = require_argument();
    var Help2 = class {
      constructor() {
        this.helpWidth = void 0;
        this.minWidthToWrap = 40;
        this.sortSubcommands = false;
        this.sortOptions = false;
        this.showGlobalOptions = false;
      }
      /**
       * prepareContext is called by Commander after applying overrides from `Command.configureHelp()`
       * and just before calling `formatHelp()`.
       *
       * Commander just uses the helpWidth and the rest is provided for optional use by more complex subclasses.
       *
       * @param {{ error?: boolean, helpWidth?: number, outputHasColors?: boolean }} contextOptions
       */
      prepareContext(contextOptions) {
        this.helpWidth = this.helpWidth ?? contextOptions.helpWidth ?? 80;
      }
      /**
       * Get an array of the visible subcommands. Includes a placeholder for the implicit help command, if there is one.
       *
       * @param {Command} cmd
       * @returns {Command[]}
       */
      visibleCommands(cmd) {
        const visibleCommands = cmd.commands.filter((cmd2) => !cmd2._hidden);
        const helpCommand = cmd._getHelpCommand();
        if (helpCommand && !helpCommand._hidden) {
          visibleCommands.push(helpCommand);
        }
        if (this.sortSubcommands) {
          visibleCommands.sort((a, b) => {
            return a.name().localeCompare(b.name());
          });
        }
        return visibleCommands;
      }
      /**
       * Compare options for sort.
       *
       * @param {Option} a
       * @param {Option} b
       * @returns {number}
       */
      compareOptions(a, b) {
        const getSortKey = (option) => {
          return option.short ? option.short.replace(/^-/, "") : option.long.replace(/^--/, "");
        };
        return getSortKey(a).localeCompare(getSortKey(b));
      }
      /**
       * Get an array of the visible options. Includes a placeholder for the implicit help option, if there is one.
       *
       * @param {Command} cmd
       * @returns {Option[]}
       */
      visibleOptions(cmd) {
        const visibleOptions = cmd.options.filter((option) => !option.hidden);
        const helpOption = cmd._getHelpOption();
        if (helpOption && !helpOption.hidden) {
          const removeShort = helpOption.short && cmd._findOption(helpOption.short);
          const removeLong = helpOption.long && cmd._findOption(helpOption.long);
          if (!removeShort && !removeLong) {
            visibleOptions.push(helpOption);
          } else if (helpOption.long && !removeLong) {
            visibleOptions.push(
              cmd.createOption(helpOption.long, helpOption.description)
            );
          } else if (helpOption.short && !removeShort) {
            visibleOptions.push(
              cmd.createOption(helpOption.short, helpOption.description)
            );
          }
        }
        if (this.sortOptions) {
          visibleOptions.sort(this.compareOptions);
        }
        return visibleOptions;
      }
      /**
       * Get an array of the visible global options. (Not including help.)
       *
       * @param {Command} cmd
       * @returns {Option[]}
       */
      visibleGlobalOptions(cmd) {
        if (!this.showGlobalOptions) return [];
        const globalOptions = [];
        for (let ancestorCmd = cmd.parent; ancestorCmd; ancestorCmd = ancestorCmd.parent) {
          const visibleOptions = ancestorCmd.options.filter(
            (option) => !option.hidden
          );
          globalOptions.push(...visibleOptions);
        }
        if (this.sortOptions) {
          globalOptions.sort(this.compareOptions);
        }
        return globalOptions;
      }
      /**
       * Get an array of the arguments if any have a description.
       *
       * @param {Command} cmd
       * @returns {Argument[]}
       */
      visibleArguments(cmd) {
        if (cmd._argsDescription) {
          cmd.registeredArguments.forEach((argument) => {
            argument.description = argument.description || cmd._argsDescription[argument.name()] || "";
          });
        }
        if (cmd.registeredArguments.find((argument) => argument.description)) {
          return cmd.registeredArguments;
        }
        return [];
      }
      /**
       * Get the command term to show in the list of subcommands.
       *
       * @param {Command} cmd
       * @returns {string}
       */
      subcommandTerm(cmd) {
        const args = cmd.registeredArguments.map((arg) => humanReadableArgName(arg)).join(" ");
        return cmd._name + (cmd._aliases[0] ? "|" + cmd._aliases[0] : "") + (cmd.options.length ? " [options]" : "") + // simplistic check for non-help option
        (args ? " " + args : "");
      }
      /**
       * Get the option term to show in the list of options.
       *
       * @param {Option} option
       * @returns {string}
       */
      optionTerm(option) {
        return option.flags;
      }
      /**
       * Get the argument term to show in the list of arguments.
       *
       * @param {Argument} argument
       * @returns {string}
       */
      argumentTerm(argument) {
        return argument.name();
      }
      /**
       * Get the longest command term length.
       *
       * @param {Command} cmd
       * @param {Help} helper
       * @returns {number}
       */
      longestSubcommandTermLength(cmd, helper) {
        return helper.visibleCommands(cmd).reduce((max, command) => {
          return Math.max(
            max,
            this.displayWidth(
              helper.styleSubcommandTerm(helper.subcommandTerm(command))
            )
          );
        }, 0);
      }
      /**
       * Get the longest option term length.
       *
       * @param {Command} cmd
       * @param {Help} helper
       * @returns {number}
       */
      longestOptionTermLength(cmd, helper) {
        return helper.visibleOptions(cmd).reduce((max, option) => {
          return Math.max(
            max,
            this.displayWidth(helper.styleOptionTerm(helper.optionTerm(option)))
          );
        }, 0);
      }
      /**
       * Get the longest global option term length.
       *
       * @param {Command} cmd
       * @param {Help} helper
       * @returns {number}
       */
      longestGlobalOptionTermLength(cmd, helper) {
        return helper.visibleGlobalOptions(cmd).reduce((max, option) => {
          return Math.max(
            max,
            this.displayWidth(helper.styleOptionTerm(helper.optionTerm(option)))
          );
        }, 0);
      }
      /**
       * Get the longest argument term length.
       *
       * @param {Command} cmd
       * @param {Help} helper
       * @returns {number}
       */
      longestArgumentTermLength(cmd, helper) {
        return helper.visibleArguments(cmd).reduce((max, argument) => {
          return Math.max(
            max,
            this.displayWidth(
              helper.styleArgumentTerm(helper.argumentTerm(argument))
            )
          );
        }, 0);
      }
      /**
       * Get the command usage to be displayed at the top of the built-in help.
       *
       * @param {Command} cmd
       * @returns {string}
       */
      commandUsage(cmd) {
        let cmdName = cmd._name;
        if (cmd._aliases[0]) {
          cmdName = cmdName + "|" + cmd._aliases[0];
        }
        let ancestorCmdNames = "";
        for (let ancestorCmd = cmd.parent; ancestorCmd; ancestorCmd = ancestorCmd.parent) {
          ancestorCmdNames = ancestorCmd.name() + " " + ancestorCmdNames;
        }
        return ancestorCmdNames + cmdName + " " + cmd.usage();
      }
      /**
       * Get the description for the command.
       *
       * @param {Command} cmd
       * @returns {string}
       */
      commandDescription(cmd) {
        return cmd.description();
      }
      /**
       * Get the subcommand summary to show in the list of subcommands.
       * (Fallback to description for backwards compatibility.)
       *
       * @param {Command} cmd
       * @returns {string}
       */
      subcommandDescription(cmd) {
        return cmd.summary() || cmd.description();
      }
      /**
       * Get the option description to show in the list of options.
       *
       * @param {Option} option
       * @return {string}
       */
      optionDescription(option) {
        const extraInfo = [];
        if (option.argChoices) {
          extraInfo.push(
            // use stringify to match the display of the default value
            `choices: ${option.argChoices.map((choice) => JSON.stringify(choice)).join(", ")}`
          );
        }
        if (option.defaultValue !== void 0) {
          const showDefault = option.required || option.optional || option.isBoolean() && typeof option.defaultValue === "boolean";
          if (showDefault) {
            extraInfo.push(
              `default: ${option.defaultValueDescription || JSON.stringify(option.defaultValue)}`
            );
          }
        }
        if (option.presetArg !== void 0 && option.optional) {
          extraInfo.push(`preset: ${JSON.stringify(option.presetArg)}`);
        }
        if (option.envVar !== void 0) {
          extraInfo.push(`env: ${option.envVar}`);
        }
        if (extraInfo.length > 0) {
          const extraDescription = `(${extraInfo.join(", ")})`;
          if (option.description) {
            return `${option.description} ${extraDescription}`;
          }
          return extraDescription;
        }
        return option.description;
      }
      /**
       * Get the argument description to show in the list of arguments.
       *
       * @param {Argument} argument
       * @return {string}
       */
      argumentDescription(argument) {
        const extraInfo = [];
        if (argument.argChoices) {
          extraInfo.push(
            // use stringify to match the display of the default value
            `choices: ${argument.argChoices.map((choice) => JSON.stringify(choice)).join(", ")}`
          );
        }
        if (argument.defaultValue !== void 0) {
          extraInfo.push(
            `default: ${argument.defaultValueDescription || JSON.stringify(argument.defaultValue)}`
          );
        }
        if (extraInfo.length > 0) {
          const extraDescription = `(${extraInfo.join(", ")})`;
          if (argument.description) {
            return `${argument.description} ${extraDescription}`;
          }
          return extraDescription;
        }
        return argument.description;
      }
      /**
       * Format a list of items, given a heading and an array of formatted items.
       *
       * @param {string} heading
       * @param {string[]} items
       * @param {Help} helper
       * @returns string[]
       */
      formatItemList(heading, items, helper) {
        if (items.length === 0) return [];
        return [helper.styleTitle(heading), ...items, ""];
      }
      /**
       * Group items by their help group heading.
       *
       * @param {Command[] | Option[]} unsortedItems
       * @param {Command[] | Option[]} visibleItems
       * @param {Function} getGroup
       * @returns {Map<string, Command[] | Option[]>}
       */
      groupItems(unsortedItems, visibleItems, getGroup) {
        const result = /* @__PURE__ */ new Map();
        unsortedItems.forEach((item) => {
          const group = getGroup(item);
          if (!result.has(group)) result.set(group, []);
        });
        visibleItems.forEach((item) => {
          const group = getGroup(item);
          if (!result.has(group)) {
            result.set(group, []);
          }
          result.get(group).push(item);
        });
        return result;
      }
      /**
       * Generate the built-in help text.
       *
       * @param {Command} cmd
       * @param {Help} helper
       * @returns {string}
       */
      formatHelp(cmd, helper) {
        const termWidth = helper.padWidth(cmd, helper);
        const helpWidth = helper.helpWidth ?? 80;
        function callFormatItem(term, description) {
          return helper.formatItem(term, termWidth, description, helper);
        }
        let output = [
          `${helper.styleTitle("Usage:")} ${helper.styleUsage(helper.commandUsage(cmd))}`,
          ""
        ];
        const commandDescription = helper.commandDescription(cmd);
        if (commandDescription.length > 0) {
          output = output.concat([
            helper.boxWrap(
              helper.styleCommandDescription(commandDescription),
              helpWidth
            ),
            ""
          ]);
        }
        const argumentList = helper.visibleArguments(cmd).map((argument) => {
          return callFormatItem(
            helper.styleArgumentTerm(helper.argumentTerm(argument)),
            helper.styleArgumentDescription(helper.argumentDescription(argument))
          );
        });
        output = output.concat(
          this.formatItemList("Arguments:", argumentList, helper)
        );
        const optionGroups = this.groupItems(
          cmd.options,
          helper.visibleOptions(cmd),
          (option) => option.helpGroupHeading ?? "Options:"
        );
        optionGroups.forEach((options, group) => {
          const optionList = options.map((option) => {
            return callFormatItem(
              helper.styleOptionTerm(helper.optionTerm(option)),
              helper.styleOptionDescription(helper.optionDescription(option))
            );
          });
          output = output.concat(this.formatItemList(group, optionList, helper));
        });
        if (helper.showGlobalOptions) {
          const globalOptionList = helper.visibleGlobalOptions(cmd).map((option) => {
            return callFormatItem(
              helper.styleOptionTerm(helper.optionTerm(option)),
              helper.styleOptionDescription(helper.optionDescription(option))
            );
          });
          output = output.concat(
            this.formatItemList("Global Options:", globalOptionList, helper)
          );
        }
        const commandGroups = this.groupItems(
          cmd.commands,
          helper.visibleCommands(cmd),
          (sub) => sub.helpGroup() || "Commands:"
        );
        commandGroups.forEach((commands, group) => {
          const commandList = commands.map((sub) => {
            return callFormatItem(
              helper.styleSubcommandTerm(helper.subcommandTerm(sub)),
              helper.styleSubcommandDescription(helper.subcommandDescription(sub))
            );
          });
          output = output.concat(this.formatItemList(group, commandList, helper));
        });
        return output.join("\n");
      }
      /**
       * Return display width of string, ignoring ANSI escape sequences. Used in padding and wrapping calculations.
       *
       * @param {string} str
       * @returns {number}
       */
      displayWidth(str) {
        return stripColor(str).length;
      }
      /**
       * Style the title for displaying in the help. Called with 'Usage:', 'Options:', etc.
       *
       * @param {string} str
       * @returns {string}
       */
      styleTitle(str) {
        return str;
      }
      styleUsage(str) {
        return str.split(" ").map((word) => {
          if (word === "[options]") return this.styleOptionText(word);
          if (word === "[command]") return this.styleSubcommandText(word);
          if (word[0] === "[" || word[0] === "<")
            return this.styleArgumentText(word);
          return this.styleCommandText(word);
        }).join(" ");
      }
      styleCommandDescription(str) {
        return this.styleDescriptionText(str);
      }
      styleOptionDescription(str) {
        return this.styleDescriptionText(str);
      }
      styleSubcommandDescription(str) {
        return this.styleDescriptionText(str);
      }
      styleArgumentDescription(str) {
        return this.styleDescriptionText(str);
      }
      styleDescriptionText(str) {
        return str;
      }
      styleOptionTerm(str) {
        return this.styleOptionText(str);
      }
      styleSubcommandTerm(str) {
        return str.split(" ").map((word) => {
          if (word === "[options]") return this.styleOptionText(word);
          if (word[0] === "[" || word[0] === "<")
            return this.styleArgumentText(word);
          return this.styleSubcommandText(word);
        }).join(" ");
      }
      styleArgumentTerm(str) {
        return this.styleArgumentText(str);
      }
      styleOptionText(str) {
        return str;
      }
      styleArgumentText(str) {
        return str;
      }
      styleSubcommandText(str) {
        return str;
      }
      styleCommandText(str) {
        return str;
      }
      /**
       * Calculate the pad width from the maximum term length.
       *
       * @param {Command} cmd
       * @param {Help} helper
       * @returns {number}
       */
      padWidth(cmd, helper) {
        return Math.max(
          helper.longestOptionTermLength(cmd, helper),
          helper.longestGlobalOptionTermLength(cmd, helper),
          helper.longestSubcommandTermLength(cmd, helper),
          helper.longestArgumentTermLength(cmd, helper)
        );
      }
      /**
       * Detect manually wrapped and indented strings by checking for line break followed by whitespace.
       *
       * @param {string} str
       * @returns {boolean}
       */
      preformatted(str) {
        return /\n[^\S\r\n]/.test(str);
      }
      /**
       * Format the "item", which consists of a term and description. Pad the term and wrap the description, indenting the following lines.
       *
       * So "TTT", 5, "DDD DDDD DD DDD" might be formatted for this.helpWidth=17 like so:
       *   TTT  DDD DDDD
       *        DD DDD
       *
       * @param {string} term
       * @param {number} termWidth
       * @param {string} description
       * @param {Help} helper
       * @returns {string}
       */
      formatItem(term, termWidth, description, helper) {
        const itemIndent = 2;
        const itemIndentStr = " ".repeat(itemIndent);
        if (!description) return itemIndentStr + term;
        const paddedTerm = term.padEnd(
          termWidth + term.length - helper.displayWidth(term)
        );
        const spacerWidth = 2;
        const helpWidth = this.helpWidth ?? 80;
        const remainingWidth = helpWidth - termWidth - spacerWidth - itemIndent;
        let formattedDescription;
        if (remainingWidth < this.minWidthToWrap || helper.preformatted(description)) {
          formattedDescription = description;
        } else {
          const wrappedDescription = helper.boxWrap(description, remainingWidth);
          formattedDescription = wrappedDescription.replace(
            /\n/g,
            "\n" + " ".repeat(termWidth + spacerWidth)
          );
        }
        return itemIndentStr + paddedTerm + " ".repeat(spacerWidth) + formattedDescription.replace(/\n/g, `
${itemIndentStr}`);
      }
      /**
       * Wrap a string at whitespace, preserving existing line breaks.
       * Wrapping is skipped if the width is less than `minWidthToWrap`.
       *
       * @param {string} str
       * @param {number} width
       * @returns {string}
       */
      boxWrap(str, width) {
        if (width < this.minWidthToWrap) return str;
        const rawLines = str.split(/\r\n|\n/);
        const chunkPattern = /[\s]*[^\s]+/g;
        const wrappedLines = [];
        rawLines.forEach((line) => {
          const chunks = line.match(chunkPattern);
          if (chunks === null) {
            wrappedLines.push("");
            return;
          }
          let sumChunks = [chunks.shift()];
          let sumWidth = this.displayWidth(sumChunks[0]);
          chunks.forEach((chunk) => {
            const visibleWidth = this.displayWidth(chunk);
            if (sumWidth + visibleWidth <= width) {
              sumChunks.push(chunk);
              sumWidth += visibleWidth;
              return;
            }
            wrappedLines.push(sumChunks.join(""));
            const nextChunk = chunk.trimStart();
            sumChunks = [nextChunk];
            sumWidth = this.displayWidth(nextChunk);
          });
          wrappedLines.push(sumChunks.join(""));
        });
        return wrappedLines.join("\n");
      }
    };
    function stripColor(str) {
      const sgrPattern = /\x1b\[\d*(;\d*)*m/g;
      return str.replace(sgrPattern, "");
    }
    exports.Help = Help2;
    exports.stripColor = stripColor;
  }
});

// ../../main/node_modules/commander/lib/option.js
var require_option = __commonJS({
  "../../main/node_modules/commander/lib/option.js"(exports) {
    var { InvalidArgumentError: InvalidArgumentError2 } = require_error();
    var Option2 = class {
      /**
       * Initialize a new `Option` with the given `flags` and `description`.
       *
       * @param {string} flags
       * @param {string} [description]
       */
      constructor(flags, description) {
        this.flags = flags;
        this.description = description || "";
        this.required = flags.includes("<");
        this.optional = flags.includes("[");
        this.variadic = /\w\.\.\.[>\]]$/.test(flags);
        this.mandatory = false;
        const optionFlags = splitOptionFlags(flags);
        this.short = optionFlags.shortFlag;
        this.long = optionFlags.longFlag;
        this.negate = false;
        if (this.long) {
          this.negate = this.long.startsWith("--no-");
        }
        this.defaultValue = void 0;
        this.defaultValueDescription = void 0;
        this.presetArg = void 0;
        this.envVar = void 0;
        this.parseArg = void 0;
        this.hidden = false;
        this.argChoices = void 0;
        this.conflictsWith = [];
        this.implied = void 0;
        this.helpGroupHeading = void 0;
      }
      /**
       * Set the default value, and optionally supply the description to be displayed in the help.
       *
       * @param {*} value
       * @param {string} [description]
       * @return {Option}
       */
      default(value, description) {
        this.defaultValue = value;
        this.defaultValueDescription = description;
        return this;
      }
      /**
       * Preset to use when option used without option-argument, especially optional but also boolean and negated.
       * The custom processing (parseArg) is called.
       *
       * @example
       * new Option('--color').default('GREYSCALE').preset('RGB');
       * new Option('--donate [amount]').preset('20').argParser(parseFloat);
       *
       * @param {*} arg
       * @return {Option}
       */
      preset(arg) {
        this.presetArg = arg;
        return this;
      }
      /**
       * Add option name(s) that conflict with this option.
       * An error will be displayed if conflicting options are found during parsing.
       *
       * @example
       * new Option('--rgb').conflicts('cmyk');
       * new Option('--js').conflicts(['ts', 'jsx']);
       *
       * @param {(string | string[])} names
       * @return {Option}
       */
      conflicts(names) {
        this.conflictsWith = this.conflictsWith.concat(names);
        return this;
      }
      /**
       * Specify implied option values for when this option is set and the implied options are not.
       *
       * The custom processing (parseArg) is not called on the implied values.
       *
       * @example
       * program
       *   .addOption(new Option('--log', 'write logging information to file'))
       *   .addOption(new Option('--trace', 'log extra details').implies({ log: 'trace.txt' }));
       *
       * @param {object} impliedOptionValues
       * @return {Option}
       */
      implies(impliedOptionValues) {
        let newImplied = impliedOptionValues;
        if (typeof impliedOptionValues === "string") {
          newImplied = { [impliedOptionValues]: true };
        }
        this.implied = Object.assign(this.implied || {}, newImplied);
        return this;
      }
      /**
       * Set environment variable to check for option value.
       *
       * An environment variable is only used if when processed the current option value is
       * undefined, or the source of the current value is 'default' or 'config' or 'env'.
       *
       * @param {string} name
       * @return {Option}
       */
      env(name) {
        this.envVar = name;
        return this;
      }
      /**
       * Set the custom handler for processing CLI option arguments into option values.
       *
       * @param {Function} [fn]
       * @return {Option}
       */
      argParser(fn) {
        this.parseArg = fn;
        return this;
      }
      /**
       * Whether the option is mandatory and must have a value after parsing.
       *
       * @param {boolean} [mandatory=true]
       * @return {Option}
       */
      makeOptionMandatory(mandatory = true) {
        this.mandatory = !!mandatory;
        return this;
      }
      /**
       * Hide option in help.
       *
       * @param {boolean} [hide=true]
       * @return {Option}
       */
      hideHelp(hide = true) {
        this.hidden = !!hide;
        return this;
      }
      /**
       * @package
       */
      _collectValue(value, previous) {
        if (previous === this.defaultValue || !Array.isArray(previous)) {
          return [value];
        }
        previous.push(value);
        return previous;
      }
      /**
       * Only allow option value to be one of choices.
       *
       * @param {string[]} values
       * @return {Option}
       */
      choices(values) {
        this.argChoices = values.slice();
        this.parseArg = (arg, previous) => {
          if (!this.argChoices.includes(arg)) {
            throw new InvalidArgumentError2(
              `Allowed choices are ${this.argChoices.join(", ")}.`
            );
          }
          if (this.variadic) {
            return this._collectValue(arg, previous);
          }
          return arg;
        };
        return this;
      }
      /**
       * Return option name.
       *
       * @return {string}
       */
      name() {
        if (this.long) {
          return this.long.replace(/^--/, "");
        }
        return this.short.replace(/^-/, "");
      }
      /**
       * Return option name, in a camelcase format that can be used
       * as an object attribute key.
       *
       * @return {string}
       */
      attributeName() {
        if (this.negate) {
          return camelcase(this.name().replace(/^no-/, ""));
        }
        return camelcase(this.name());
      }
      /**
       * Set the help group heading.
       *
       * @param {string} heading
       * @return {Option}
       */
      helpGroup(heading) {
        this.helpGroupHeading = heading;
        return this;
      }
      /**
       * Check if `arg` matches the short or long flag.
       *
       * @param {string} arg
       * @return {boolean}
       * @package
       */
      is(arg) {
        return this.short === arg || this.long === arg;
      }
      /**
       * Return whether a boolean option.
       *
       * Options are one of boolean, negated, required argument, or optional argument.
       *
       * @return {boolean}
       * @package
       */
      isBoolean() {
        return !this.required && !this.optional && !this.negate;
      }
    };
    var DualOptions = class {
      /**
       * @param {Option[]} options
       */
      constructor(options) {
        this.positiveOptions = /* @__PURE__ */ new Map();
        this.negativeOptions = /* @__PURE__ */ new Map();
        this.dualOptions = /* @__PURE__ */ new Set();
        options.forEach((option) => {
          if (option.negate) {
            this.negativeOptions.set(option.attributeName(), option);
          } else {
            this.positiveOptions.set(option.attributeName(), option);
          }
        });
        this.negativeOptions.forEach((value, key) => {
          if (this.positiveOptions.has(key)) {
            this.dualOptions.add(key);
          }
        });
      }
      /**
       * Did the value come from the option, and not from possible matching dual option?
       *
       * @param {*} value
       * @param {Option} option
       * @returns {boolean}
       */
      valueFromOption(value, option) {
        const optionKey = option.attributeName();
        if (!this.dualOptions.has(optionKey)) return true;
        const preset = this.negativeOptions.get(optionKey).presetArg;
        const negativeValue = preset !== void 0 ? preset : false;
        return option.negate === (negativeValue === value);
      }
    };
    function camelcase(str) {
      return str.split("-").reduce((str2, word) => {
        return str2 + word[0].toUpperCase() + word.slice(1);
      });
    }
    function splitOptionFlags(flags) {
      let shortFlag;
      let longFlag;
      const shortFlagExp = /^-[^-]$/;
      const longFlagExp = /^--[^-]/;
      const flagParts = flags.split(/[ |,]+/).concat("guard");
      if (shortFlagExp.test(flagParts[0])) shortFlag = flagParts.shift();
      if (longFlagExp.test(flagParts[0])) longFlag = flagParts.shift();
      if (!shortFlag && shortFlagExp.test(flagParts[0]))
        shortFlag = flagParts.shift();
      if (!shortFlag && longFlagExp.test(flagParts[0])) {
        shortFlag = longFlag;
        longFlag = flagParts.shift();
      }
      if (flagParts[0].startsWith("-")) {
        const unsupportedFlag = flagParts[0];
        const baseError = `option creation failed due to '${unsupportedFlag}' in option flags '${flags}'`;
        if (/^-[^-][^-]/.test(unsupportedFlag))
          throw new Error(
            `${baseError}
- a short flag is a single dash and a single character
  - either use a single dash and a single character (for a short flag)
  - or use a double dash for a long option (and can have two, like '--ws, --workspace')`
          );
        if (shortFlagExp.test(unsupportedFlag))
          throw new Error(`${baseError}
- too many short flags`);
        if (longFlagExp.test(unsupportedFlag))
          throw new Error(`${baseError}
- too many long flags`);
        throw new Error(`${baseError}
- unrecognised flag format`);
      }
      if (shortFlag === void 0 && longFlag === void 0)
        throw new Error(
          `option creation failed due to no flags found in '${flags}'.`
        );
      return { shortFlag, longFlag };
    }
    exports.Option = Option2;
    exports.DualOptions = DualOptions;
  }
});

// ../../main/node_modules/commander/lib/suggestSimilar.js
var require_suggestSimilar = __commonJS({
  "../../main/node_modules/commander/lib/suggestSimilar.js"(exports) {
    var maxDistance = 3;
    function editDistance(a, b) {
      if (Math.abs(a.length - b.length) > maxDistance)
        return Math.max(a.length, b.length);
      const d = [];
      for (let i = 0; i <= a.length; i++) {
        d[i] = [i];
      }
      for (let j = 0; j <= b.length; j++) {
        d[0][j] = j;
      }
      for (let j = 1; j <= b.length; j++) {
        for (let i = 1; i <= a.length; i++) {
          let cost = 1;
          if (a[i - 1] === b[j - 1]) {
            cost = 0;
          } else {
            cost = 1;
          }
          d[i][j] = Math.min(
            d[i - 1][j] + 1,
            // deletion
            d[i][j - 1] + 1,
            // insertion
            d[i - 1][j - 1] + cost
            // substitution
          );
          if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
            d[i][j] = Math.min(d[i][j], d[i - 2][j - 2] + 1);
          }
        }
      }
      return d[a.length][b.length];
    }
    function suggestSimilar(word, candidates) {
      if (!candidates || candidates.length === 0) return "";
      candidates = Array.from(new Set(candidates));
      const searchingOptions = word.startsWith("--");
      if (searchingOptions) {
        word = word.slice(2);
        candidates = candidates.map((candidate) => candidate.slice(2));
      }
      let similar = [];
      let bestDistance = maxDistance;
      const minSimilarity = 0.4;
      candidates.forEach((candidate) => {
        if (candidate.length <= 1) return;
        const distance = editDistance(word, candidate);
        const length = Math.max(word.length, candidate.length);
        const similarity = (length - distance) / length;
        if (similarity > minSimilarity) {
          if (distance < bestDistance) {
            bestDistance = distance;
            similar = [candidate];
          } else if (distance === bestDistance) {
            similar.push(candidate);
          }
        }
      });
      similar.sort((a, b) => a.localeCompare(b));
      if (searchingOptions) {
        similar = similar.map((candidate) => `--${candidate}`);
      }
      if (similar.length > 1) {
        return `
(Did you mean one of ${similar.join(", ")}?)`;
      }
      if (similar.length === 1) {
        return `
(Did you mean ${similar[0]}?)`;
      }
      return "";
    }
    exports.suggestSimilar = suggestSimilar;
  }
});

// ../../main/node_modules/commander/lib/command.js
var require_command = __commonJS({
  "../../main/node_modules/commander/lib/command.js"(exports) {
    var EventEmitter = __require("node:events").EventEmitter;
    var childProcess = __require("node:child_process");
    var path = __require("node:path");
    var fs = __require("node:fs");
    var process2 = __require("node:process");
    var { Argument: Argument2, humanReadableArgName } = require_argument();
    var { CommanderError: CommanderError2 } = require_error();
    var { Help: Help2, stripColor } = require_help();
    var { Option: Option2, DualOptions } = require_option();
    var { suggestSimilar } = require_suggestSimilar();
    var Command2 = class _Command extends EventEmitter {
      /**
       * Initialize a new `Command`.
       *
       * @param {string} [name]
       */
      constructor(name) {
        super();
        this.commands = [];
        this.options = [];
        this.parent = null;
        this._allowUnknownOption = false;
        this._allowExcessArguments = false;
        this.registeredArguments = [];
        this._args = this.registeredArguments;
        this.args = [];
        this.rawArgs = [];
        this.processedArgs = [];
        this._scriptPath = null;
        this._name = name || "";
        this._optionValues = {};
        this._optionValueSources = {};
        this._storeOptionsAsProperties = false;
        this._actionHandler = null;
        this._executableHandler = false;
        this._executableFile = null;
        this._executableDir = null;
        this._defaultCommandName = null;
        this._exitCallback = null;
        this._aliases = [];
        this._combineFlagAndOptionalValue = true;
        this._description = "";
        this._summary = "";
        this._argsDescription = void 0;
        this._enablePositionalOptions = false;
        this._passThroughOptions = false;
        this._lifeCycleHooks = {};
        this._showHelpAfterError = false;
        this._showSuggestionAfterError = true;
        this._savedState = null;
        this._outputConfiguration = {
          writeOut: (str) => process2.stdout.write(str),
          writeErr: (str) => process2.stderr.write(str),
          outputError: (str, write) => write(str),
          getOutHelpWidth: () => process2.stdout.isTTY ? process2.stdout.columns : void 0,
          getErrHelpWidth: () => process2.stderr.isTTY ? process2.stderr.columns : void 0,
          getOutHasColors: () => useColor() ?? (process2.stdout.isTTY && process2.stdout.hasColors?.()),
          getErrHasColors: () => useColor() ?? (process2.stderr.isTTY && process2.stderr.hasColors?.()),
          stripColor: (str) => stripColor(str)
        };
        this._hidden = false;
        this._helpOption = void 0;
        this._addImplicitHelpCommand = void 0;
        this._helpCommand = void 0;
        this._helpConfiguration = {};
        this._helpGroupHeading = void 0;
        this._defaultCommandGroup = void 0;
        this._defaultOptionGroup = void 0;
      }
      /**
       * Copy settings that are useful to have in common across root command and subcommands.
       *
       * (Used internally when adding a command using `.command()` so subcommands inherit parent settings.)
       *
       * @param {Command} sourceCommand
       * @return {Command} `this` command for chaining
       */
      copyInheritedSettings(sourceCommand) {
        this._outputConfiguration = sourceCommand._outputConfiguration;
        this._helpOption = sourceCommand._helpOption;
        this._helpCommand = sourceCommand._helpCommand;
        this._helpConfiguration = sourceCommand._helpConfiguration;
        this._exitCallback = sourceCommand._exitCallback;
        this._storeOptionsAsProperties = sourceCommand._storeOptionsAsProperties;
        this._combineFlagAndOptionalValue = sourceCommand._combineFlagAndOptionalValue;
        this._allowExcessArguments = sourceCommand._allowExcessArguments;
        this._enablePositionalOptions = sourceCommand._enablePositionalOptions;
        this._showHelpAfterError = sourceCommand._showHelpAfterError;
        this._showSuggestionAfterError = sourceCommand._showSuggestionAfterError;
        return this;
      }
      /**
       * @returns {Command[]}
       * @private
       */
      _getCommandAndAncestors() {
        const result = [];
        for (let command = this; command; command = command.parent) {
          result.push(command);
        }
        return result;
      }
      /**
       * Define a command.
       *
       * There are two styles of command: pay attention to where to put the description.
       *
       * @example
       * // Command implemented using action handler (description is supplied separately to `.command`)
       * program
       *   .command('clone <source> [destination]')
       *   .description('clone a repository into a newly created directory')
       *   .action((source, destination) => {
       *     console.log('clone command called');
       *   });
       *
       * // Command implemented using separate executable file (description is second parameter to `.command`)
       * program
       *   .command('start <service>', 'start named service')
       *   .command('stop [service]', 'stop named service, or all if no name supplied');
       *
       * @param {string} nameAndArgs - command name and arguments, args are `<required>` or `[optional]` and last may also be `variadic...`
       * @param {(object | string)} [actionOptsOrExecDesc] - configuration options (for action), or description (for executable)
       * @param {object} [execOpts] - configuration options (for executable)
       * @return {Command} returns new command for action handler, or `this` for executable command
       */
      command(nameAndArgs, actionOptsOrExecDesc, execOpts) {
        let desc = actionOptsOrExecDesc;
        let opts = execOpts;
        if (typeof desc === "object" && desc !== null) {
          opts = desc;
          desc = null;
        }
        opts = opts || {};
        const [, name, args] = nameAndArgs.match(/([^ ]+) *(.*)/);
        const cmd = this.createCommand(name);
        if (desc) {
          cmd.description(desc);
          cmd._executableHandler = true;
        }
        if (opts.isDefault) this._defaultCommandName = cmd._name;
        cmd._hidden = !!(opts.noHelp || opts.hidden);
        cmd._executableFile = opts.executableFile || null;
        if (args) cmd.arguments(args);
        this._registerCommand(cmd);
        cmd.parent = this;
        cmd.copyInheritedSettings(this);
        if (desc) return this;
        return cmd;
      }
      /**
       * Factory routine to create a new unattached command.
       *
       * See .command() for creating an attached subcommand, which uses this routine to
       * create the command. You can override createCommand to customise subcommands.
       *
       * @param {string} [name]
       * @return {Command} new command
       */
      createCommand(name) {
        return new _Command(name);
      }
      /**
       * You can customise the help with a subclass of Help by overriding createHelp,
       * or by overriding Help properties using configureHelp().
       *
       * @return {Help}
       */
      createHelp() {
        return Object.assign(new Help2(), this.configureHelp());
      }
      /**
       * You can customise the help by overriding Help properties using configureHelp(),
       * or with a subclass of Help by overriding createHelp().
       *
       * @param {object} [configuration] - configuration options
       * @return {(Command | object)} `this` command for chaining, or stored configuration
       */
      configureHelp(configuration) {
        if (configuration === void 0) return this._helpConfiguration;
        this._helpConfiguration = configuration;
        return this;
      }
      /**
       * The default output goes to stdout and stderr. You can customise this for special
       * applications. You can also customise the display of errors by overriding outputError.
       *
       * The configuration properties are all functions:
       *
       *     // change how output being written, defaults to stdout and stderr
       *     writeOut(str)
       *     writeErr(str)
       *     // change how output being written for errors, defaults to writeErr
       *     outputError(str, write) // used for displaying errors and not used for displaying help
       *     // specify width for wrapping help
       *     getOutHelpWidth()
       *     getErrHelpWidth()
       *     // color support, currently only used with Help
       *     getOutHasColors()
       *     getErrHasColors()
       *     stripColor() // used to remove ANSI escape codes if output does not have colors
       *
       * @param {object} [configuration] - configuration options
       * @return {(Command | object)} `this` command for chaining, or stored configuration
       */
      configureOutput(configuration) {
        if (configuration === void 0) return this._outputConfiguration;
        this._outputConfiguration = {
          ...this._outputConfiguration,
          ...configuration
        };
        return this;
      }
      /**
       * Display the help or a custom message after an error occurs.
       *
       * @param {(boolean|string)} [displayHelp]
       * @return {Command} `this` command for chaining
       */
      showHelpAfterError(displayHelp = true) {
        if (typeof displayHelp !== "string") displayHelp = !!displayHelp;
        this._showHelpAfterError = displayHelp;
        return this;
      }
      /**
       * Display suggestion of similar commands for unknown commands, or options for unknown options.
       *
       * @param {boolean} [displaySuggestion]
       * @return {Command} `this` command for chaining
       */
      showSuggestionAfterError(displaySuggestion = true) {
        this._showSuggestionAfterError = !!displaySuggestion;
        return this;
      }
      /**
       * Add a prepared subcommand.
       *
       * See .command() for creating an attached subcommand which inherits settings from its parent.
       *
       * @param {Command} cmd - new subcommand
       * @param {object} [opts] - configuration options
       * @return {Command} `this` command for chaining
       */
      addCommand(cmd, opts) {
        if (!cmd._name) {
          throw new Error(`Command passed to .addCommand() must have a name
- specify the name in Command constructor or using .name()`);
        }
        opts = opts || {};
        if (opts.isDefault) this._defaultCommandName = cmd._name;
        if (opts.noHelp || opts.hidden) cmd._hidden = true;
        this._registerCommand(cmd);
        cmd.parent = this;
        cmd._checkForBrokenPassThrough();
        return this;
      }
      /**
       * Factory routine to create a new unattached argument.
       *
       * See .argument() for creating an attached argument, which uses this routine to
       * create the argument. You can override createArgument to return a custom argument.
       *
       * @param {string} name
       * @param {string} [description]
       * @return {Argument} new argument
       */
      createArgument(name, description) {
        return new Argument2(name, description);
      }
      /**
       * Define argument syntax for command.
       *
       * The default is that the argument is required, and you can explicitly
       * indicate this with <> around the name. Put [] around the name for an optional argument.
       *
       * @example
       * program.argument('<input-file>');
       * program.argument('[output-file]');
       *
       * @param {string} name
       * @param {string} [description]
       * @param {(Function|*)} [parseArg] - custom argument processing function or default value
       * @param {*} [defaultValue]
       * @return {Command} `this` command for chaining
       */
      argument(name, description, parseArg, defaultValue) {
        const argument = this.createArgument(name, description);
        if (typeof parseArg === "function") {
          argument.default(defaultValue).argParser(parseArg);
        } else {
          argument.default(parseArg);
        }
        this.addArgument(argument);
        return this;
      }
      /**
       * Define argument syntax for command, adding multiple at once (without descriptions).
       *
       * See also .argument().
       *
       * @example
       * program.arguments('<cmd> [env]');
       *
       * @param {string} names
       * @return {Command} `this` command for chaining
       */
      arguments(names) {
        names.trim().split(/ +/).forEach((detail) => {
          this.argument(detail);
        });
        return this;
      }
      /**
       * Define argument syntax for command, adding a prepared argument.
       *
       * @param {Argument} argument
       * @return {Command} `this` command for chaining
       */
      addArgument(argument) {
        const previousArgument = this.registeredArguments.slice(-1)[0];
        if (previousArgument?.variadic) {
          throw new Error(
            `only the last argument can be variadic '${previousArgument.name()}'`
          );
        }
        if (argument.required && argument.defaultValue !== void 0 && argument.parseArg === void 0) {
          throw new Error(
            `a default value for a required argument is never used: '${argument.name()}'`
          );
        }
        this.registeredArguments.push(argument);
        return this;
      }
      /**
       * Customise or override default help command. By default a help command is automatically added if your command has subcommands.
       *
       * @example
       *    program.helpCommand('help [cmd]');
       *    program.helpCommand('help [cmd]', 'show help');
       *    program.helpCommand(false); // suppress default help command
       *    program.helpCommand(true); // add help command even if no subcommands
       *
       * @param {string|boolean} enableOrNameAndArgs - enable with custom name and/or arguments, or boolean to override whether added
       * @param {string} [description] - custom description
       * @return {Command} `this` command for chaining
       */
      helpCommand(enableOrNameAndArgs, description) {
        if (typeof enableOrNameAndArgs === "boolean") {
          this._addImplicitHelpCommand = enableOrNameAndArgs;
          if (enableOrNameAndArgs && this._defaultCommandGroup) {
            this._initCommandGroup(this._getHelpCommand());
          }
          return this;
        }
        const nameAndArgs = enableOrNameAndArgs ?? "help [command]";
        const [, helpName, helpArgs] = nameAndArgs.match(/([^ ]+) *(.*)/);
        const helpDescription = description ?? "display help for command";
        const helpCommand = this.createCommand(helpName);
        helpCommand.helpOption(false);
        if (helpArgs) helpCommand.arguments(helpArgs);
        if (helpDescription) helpCommand.description(helpDescription);
        this._addImplicitHelpCommand = true;
        this._helpCommand = helpCommand;
        if (enableOrNameAndArgs || description) this._initCommandGroup(helpCommand);
        return this;
      }
      /**
       * Add prepared custom help command.
       *
       * @param {(Command|string|boolean)} helpCommand - custom help command, or deprecated enableOrNameAndArgs as for `.helpCommand()`
       * @param {string} [deprecatedDescription] - deprecated custom description used with custom name only
       * @return {Command} `this` command for chaining
       */
      addHelpCommand(helpCommand, deprecatedDescription) {
        if (typeof helpCommand !== "object") {
          this.helpCommand(helpCommand, deprecatedDescription);
          return this;
        }
        this._addImplicitHelpCommand = true;
        this._helpCommand = helpCommand;
        this._initCommandGroup(helpCommand);
        return this;
      }
      /**
       * Lazy create help command.
       *
       * @return {(Command|null)}
       * @package
       */
      _getHelpCommand() {
        const hasImplicitHelpCommand = this._addImplicitHelpCommand ?? (this.commands.length && !this._actionHandler && !this._findCommand("help"));
        if (hasImplicitHelpCommand) {
          if (this._helpCommand === void 0) {
            this.helpCommand(void 0, void 0);
          }
          return this._helpCommand;
        }
        return null;
      }
      /**
       * Add hook for life cycle event.
       *
       * @param {string} event
       * @param {Function} listener
       * @return {Command} `this` command for chaining
       */
      hook(event, listener) {
        const allowedValues = ["preSubcommand", "preAction", "postAction"];
        if (!allowedValues.includes(event)) {
          throw new Error(`Unexpected value for event passed to hook : '${event}'.
Expecting one of '${allowedValues.join("', '")}'`);
        }
        if (this._lifeCycleHooks[event]) {
          this._lifeCycleHooks[event].push(listener);
        } else {
          this._lifeCycleHooks[event] = [listener];
        }
        return this;
      }
      /**
       * Register callback to use as replacement for calling process.exit.
       *
       * @param {Function} [fn] optional callback which will be passed a CommanderError, defaults to throwing
       * @return {Command} `this` command for chaining
       */
      exitOverride(fn) {
        if (fn) {
          this._exitCallback = fn;
        } else {
          this._exitCallback = (err) => {
            if (err.code !== "commander.executeSubCommandAsync") {
              throw err;
            } else {
            }
          };
        }
        return this;
      }
      /**
       * Call process.exit, and _exitCallback if defined.
       *
       * @param {number} exitCode exit code for using with process.exit
       * @param {string} code an id string representing the error
       * @param {string} message human-readable description of the error
       * @return never
       * @private
       */
      _exit(exitCode, code, message) {
        if (this._exitCallback) {
          this._exitCallback(new CommanderError2(exitCode, code, message));
        }
        process2.exit(exitCode);
      }
      /**
       * Register callback `fn` for the command.
       *
       * @example
       * program
       *   .command('serve')
       *   .description('start service')
       *   .action(function() {
       *      // do work here
       *   });
       *
       * @param {Function} fn
       * @return {Command} `this` command for chaining
       */
      action(fn) {
        const listener = (args) => {
          const expectedArgsCount = this.registeredArguments.length;
          const actionArgs = args.slice(0, expectedArgsCount);
          if (this._storeOptionsAsProperties) {
            actionArgs[expectedArgsCount] = this;
          } else {
            actionArgs[expectedArgsCount] = this.opts();
          }
          actionArgs.push(this);
          return fn.apply(this, actionArgs);
        };
        this._actionHandler = listener;
        return this;
      }
      /**
       * Factory routine to create a new unattached option.
       *
       * See .option() for creating an attached option, which uses this routine to
       * create the option. You can override createOption to return a custom option.
       *
       * @param {string} flags
       * @param {string} [description]
       * @return {Option} new option
       */
      createOption(flags, description) {
        return new Option2(flags, description);
      }
      /**
       * Wrap parseArgs to catch 'commander.invalidArgument'.
       *
       * @param {(Option | Argument)} target
       * @param {string} value
       * @param {*} previous
       * @param {string} invalidArgumentMessage
       * @private
       */
      _callParseArg(target, value, previous, invalidArgumentMessage) {
        try {
          return target.parseArg(value, previous);
        } catch (err) {
          if (err.code === "commander.invalidArgument") {
            const message = `${invalidArgumentMessage} ${err.message}`;
            this.error(message, { exitCode: err.exitCode, code: err.code });
          }
          throw err;
        }
      }
      /**
       * Check for option flag conflicts.
       * Register option if no conflicts found, or throw on conflict.
       *
       * @param {Option} option
       * @private
       */
      _registerOption(option) {
        const matchingOption = option.short && this._findOption(option.short) || option.long && this._findOption(option.long);
        if (matchingOption) {
          const matchingFlag = option.long && this._findOption(option.long) ? option.long : option.short;
          throw new Error(`Cannot add option '${option.flags}'${this._name && ` to command '${this._name}'`} due to conflicting flag '${matchingFlag}'
-  already used by option '${matchingOption.flags}'`);
        }
        this._initOptionGroup(option);
        this.options.push(option);
      }
      /**
       * Check for command name and alias conflicts with existing commands.
       * Register command if no conflicts found, or throw on conflict.
       *
       * @param {Command} command
       * @private
       */
      _registerCommand(command) {
        const knownBy = (cmd) => {
          return [cmd.name()].concat(cmd.aliases());
        };
        const alreadyUsed = knownBy(command).find(
          (name) => this._findCommand(name)
        );
        if (alreadyUsed) {
          const existingCmd = knownBy(this._findCommand(alreadyUsed)).join("|");
          const newCmd = knownBy(command).join("|");
          throw new Error(
            `cannot add command '${newCmd}' as already have command '${existingCmd}'`
          );
        }
        this._initCommandGroup(command);
        this.commands.push(command);
      }
      /**
       * Add an option.
       *
       * @param {Option} option
       * @return {Command} `this` command for chaining
       */
      addOption(option) {
        this._registerOption(option);
        const oname = option.name();
        const name = option.attributeName();
        if (option.negate) {
          const positiveLongFlag = option.long.replace(/^--no-/, "--");
          if (!this._findOption(positiveLongFlag)) {
            this.setOptionValueWithSource(
              name,
              option.defaultValue === void 0 ? true : option.defaultValue,
              "default"
            );
          }
        } else if (option.defaultValue !== void 0) {
          this.setOptionValueWithSource(name, option.defaultValue, "default");
        }
        const handleOptionValue = (val, invalidValueMessage, valueSource) => {
          if (val == null && option.presetArg !== void 0) {
            val = option.presetArg;
          }
          const oldValue = this.getOptionValue(name);
          if (val !== null && option.parseArg) {
            val = this._callParseArg(option, val, oldValue, invalidValueMessage);
          } else if (val !== null && option.variadic) {
            val = option._collectValue(val, oldValue);
          }
          if (val == null) {
            if (option.negate) {
              val = false;
            } else if (option.isBoolean() || option.optional) {
              val = true;
            } else {
              val = "";
            }
          }
          this.setOptionValueWithSource(name, val, valueSource);
        };
        this.on("option:" + oname, (val) => {
          const invalidValueMessage = `error: option '${option.flags}' argument '${val}' is invalid.`;
          handleOptionValue(val, invalidValueMessage, "cli");
        });
        if (option.envVar) {
          this.on("optionEnv:" + oname, (val) => {
            const invalidValueMessage = `error: option '${option.flags}' value '${val}' from env '${option.envVar}' is invalid.`;
            handleOptionValue(val, invalidValueMessage, "env");
          });
        }
        return this;
      }
      /**
       * Internal implementation shared by .option() and .requiredOption()
       *
       * @return {Command} `this` command for chaining
       * @private
       */
      _optionEx(config, flags, description, fn, defaultValue) {
        if (typeof flags === "object" && flags instanceof Option2) {
          throw new Error(
            "To add an Option object use addOption() instead of option() or requiredOption()"
          );
        }
        const option = this.createOption(flags, description);
        option.makeOptionMandatory(!!config.mandatory);
        if (typeof fn === "function") {
          option.default(defaultValue).argParser(fn);
        } else if (fn instanceof RegExp) {
          const regex = fn;
          fn = (val, def) => {
            const m = regex.exec(val);
            return m ? m[0] : def;
          };
          option.default(defaultValue).argParser(fn);
        } else {
          option.default(fn);
        }
        return this.addOption(option);
      }
      /**
       * Define option with `flags`, `description`, and optional argument parsing function or `defaultValue` or both.
       *
       * The `flags` string contains the short and/or long flags, separated by comma, a pipe or space. A required
       * option-argument is indicated by `<>` and an optional option-argument by `[]`.
       *
       * See the README for more details, and see also addOption() and requiredOption().
       *
       * @example
       * program
       *     .option('-p, --pepper', 'add pepper')
       *     .option('--pt, --pizza-type <TYPE>', 'type of pizza') // required option-argument
       *     .option('-c, --cheese [CHEESE]', 'add extra cheese', 'mozzarella') // optional option-argument with default
       *     .option('-t, --tip <VALUE>', 'add tip to purchase cost', parseFloat) // custom parse function
       *
       * @param {string} flags
       * @param {string} [description]
       * @param {(Function|*)} [parseArg] - custom option processing function or default value
       * @param {*} [defaultValue]
       * @return {Command} `this` command for chaining
       */
      option(flags, description, parseArg, defaultValue) {
        return this._optionEx({}, flags, description, parseArg, defaultValue);
      }
      /**
       * Add a required option which must have a value after parsing. This usually means
       * the option must be specified on the command line. (Otherwise the same as .option().)
       *
       * The `flags` string contains the short and/or long flags, separated by comma, a pipe or space.
       *
       * @param {string} flags
       * @param {string} [description]
       * @param {(Function|*)} [parseArg] - custom option processing function or default value
       * @param {*} [defaultValue]
       * @return {Command} `this` command for chaining
       */
      requiredOption(flags, description, parseArg, defaultValue) {
        return this._optionEx(
          { mandatory: true },
          flags,
          description,
          parseArg,
          defaultValue
        );
      }
      /**
       * Alter parsing of short flags with optional values.
       *
       * @example
       * // for `.option('-f,--flag [value]'):
       * program.combineFlagAndOptionalValue(true);  // `-f80` is treated like `--flag=80`, this is the default behaviour
       * program.combineFlagAndOptionalValue(false) // `-fb` is treated like `-f -b`
       *
       * @param {boolean} [combine] - if `true` or omitted, an optional value can be specified directly after the flag.
       * @return {Command} `this` command for chaining
       */
      combineFlagAndOptionalValue(combine = true) {
        this._combineFlagAndOptionalValue = !!combine;
        return this;
      }
      /**
       * Allow unknown options on the command line.
       *
       * @param {boolean} [allowUnknown] - if `true` or omitted, no error will be thrown for unknown options.
       * @return {Command} `this` command for chaining
       */
      allowUnknownOption(allowUnknown = true) {
        this._allowUnknownOption = !!allowUnknown;
        return this;
      }
      /**
       * Allow excess command-arguments on the command line. Pass false to make excess arguments an error.
       *
       * @param {boolean} [allowExcess] - if `true` or omitted, no error will be thrown for excess arguments.
       * @return {Command} `this` command for chaining
       */
      allowExcessArguments(allowExcess = true) {
        this._allowExcessArguments = !!allowExcess;
        return this;
      }
      /**
       * Enable positional options. Positional means global options are specified before subcommands which lets
       * subcommands reuse the same option names, and also enables subcommands to turn on passThroughOptions.
       * The default behaviour is non-positional and global options may appear anywhere on the command line.
       *
       * @param {boolean} [positional]
       * @return {Command} `this` command for chaining
       */
      enablePositionalOptions(positional = true) {
        this._enablePositionalOptions = !!positional;
        return this;
      }
      /**
       * Pass through options that come after command-arguments rather than treat them as command-options,
       * so actual command-options come before command-arguments. Turning this on for a subcommand requires
       * positional options to have been enabled on the program (parent commands).
       * The default behaviour is non-positional and options may appear before or after command-arguments.
       *
       * @param {boolean} [passThrough] for unknown options.
       * @return {Command} `this` command for chaining
       */
      passThroughOptions(passThrough = true) {
        this._passThroughOptions = !!passThrough;
        this._checkForBrokenPassThrough();
        return this;
      }
      /**
       * @private
       */
      _checkForBrokenPassThrough() {
        if (this.parent && this._passThroughOptions && !this.parent._enablePositionalOptions) {
          throw new Error(
            `passThroughOptions cannot be used for '${this._name}' without turning on enablePositionalOptions for parent command(s)`
          );
        }
      }
      /**
       * Whether to store option values as properties on command object,
       * or store separately (specify false). In both cases the option values can be accessed using .opts().
       *
       * @param {boolean} [storeAsProperties=true]
       * @return {Command} `this` command for chaining
       */
      storeOptionsAsProperties(storeAsProperties = true) {
        if (this.options.length) {
          throw new Error("call .storeOptionsAsProperties() before adding options");
        }
        if (Object.keys(this._optionValues).length) {
          throw new Error(
            "call .storeOptionsAsProperties() before setting option values"
          );
        }
        this._storeOptionsAsProperties = !!storeAsProperties;
        return this;
      }
      /**
       * Retrieve option value.
       *
       * @param {string} key
       * @return {object} value
       */
      getOptionValue(key) {
        if (this._storeOptionsAsProperties) {
          return this[key];
        }
        return this._optionValues[key];
      }
      /**
       * Store option value.
       *
       * @param {string} key
       * @param {object} value
       * @return {Command} `this` command for chaining
       */
      setOptionValue(key, value) {
        return this.setOptionValueWithSource(key, value, void 0);
      }
      /**
       * Store option value and where the value came from.
       *
       * @param {string} key
       * @param {object} value
       * @param {string} source - expected values are default/config/env/cli/implied
       * @return {Command} `this` command for chaining
       */
      setOptionValueWithSource(key, value, source) {
        if (this._storeOptionsAsProperties) {
          this[key] = value;
        } else {
          this._optionValues[key] = value;
        }
        this._optionValueSources[key] = source;
        return this;
      }
      /**
       * Get source of option value.
       * Expected values are default | config | env | cli | implied
       *
       * @param {string} key
       * @return {string}
       */
      getOptionValueSource(key) {
        return this._optionValueSources[key];
      }
      /**
       * Get source of option value. See also .optsWithGlobals().
       * Expected values are default | config | env | cli | implied
       *
       * @param {string} key
       * @return {string}
       */
      getOptionValueSourceWithGlobals(key) {
        let source;
        this._getCommandAndAncestors().forEach((cmd) => {
          if (cmd.getOptionValueSource(key) !== void 0) {
            source = cmd.getOptionValueSource(key);
          }
        });
        return source;
      }
      /**
       * Get user arguments from implied or explicit arguments.
       * Side-effects: set _scriptPath if args included script. Used for default program name, and subcommand searches.
       *
       * @private
       */
      _prepareUserArgs(argv, parseOptions) {
        if (argv !== void 0 && !Array.isArray(argv)) {
          throw new Error("first parameter to parse must be array or undefined");
        }
        parseOptions = parseOptions || {};
        if (argv === void 0 && parseOptions.from === void 0) {
          if (process2.versions?.electron) {
            parseOptions.from = "electron";
          }
          const execArgv = process2.execArgv ?? [];
          if (execArgv.includes("-e") || execArgv.includes("--eval") || execArgv.includes("-p") || execArgv.includes("--print")) {
            parseOptions.from = "eval";
          }
        }
        if (argv === void 0) {
          argv = process2.argv;
        }
        this.rawArgs = argv.slice();
        let userArgs;
        switch (parseOptions.from) {
          case void 0:
          case "node":
            this._scriptPath = argv[1];
            userArgs = argv.slice(2);
            break;
          case "electron":
            if (process2.defaultApp) {
              this._scriptPath = argv[1];
              userArgs = argv.slice(2);
            } else {
              userArgs = argv.slice(1);
            }
            break;
          case "user":
            userArgs = argv.slice(0);
            break;
          case "eval":
            userArgs = argv.slice(1);
            break;
          default:
            throw new Error(
              `unexpected parse option { from: '${parseOptions.from}' }`
            );
        }
        if (!this._name && this._scriptPath)
          this.nameFromFilename(this._scriptPath);
        this._name = this._name || "program";
        return userArgs;
      }
      /**
       * Parse `argv`, setting options and invoking commands when defined.
       *
       * Use parseAsync instead of parse if any of your action handlers are async.
       *
       * Call with no parameters to parse `process.argv`. Detects Electron and special node options like `node --eval`. Easy mode!
       *
       * Or call with an array of strings to parse, and optionally where the user arguments start by specifying where the arguments are `from`:
       * - `'node'`: default, `argv[0]` is the application and `argv[1]` is the script being run, with user arguments after that
       * - `'electron'`: `argv[0]` is the application and `argv[1]` varies depending on whether the electron application is packaged
       * - `'user'`: just user arguments
       *
       * @example
       * program.parse(); // parse process.argv and auto-detect electron and special node flags
       * program.parse(process.argv); // assume argv[0] is app and argv[1] is script
       * program.parse(my-args, { from: 'user' }); // just user supplied arguments, nothing special about argv[0]
       *
       * @param {string[]} [argv] - optional, defaults to process.argv
       * @param {object} [parseOptions] - optionally specify style of options with from: node/user/electron
       * @param {string} [parseOptions.from] - where the args are from: 'node', 'user', 'electron'
       * @return {Command} `this` command for chaining
       */
      parse(argv, parseOptions) {
        this._prepareForParse();
        const userArgs = this._prepareUserArgs(argv, parseOptions);
        this._parseCommand([], userArgs);
        return this;
      }
      /**
       * Parse `argv`, setting options and invoking commands when defined.
       *
       * Call with no parameters to parse `process.argv`. Detects Electron and special node options like `node --eval`. Easy mode!
       *
       * Or call with an array of strings to parse, and optionally where the user arguments start by specifying where the arguments are `from`:
       * - `'node'`: default, `argv[0]` is the application and `argv[1]` is the script being run, with user arguments after that
       * - `'electron'`: `argv[0]` is the application and `argv[1]` varies depending on whether the electron application is packaged
       * - `'user'`: just user arguments
       *
       * @example
       * await program.parseAsync(); // parse process.argv and auto-detect electron and special node flags
       * await program.parseAsync(process.argv); // assume argv[0] is app and argv[1] is script
       * await program.parseAsync(my-args, { from: 'user' }); // just user supplied arguments, nothing special about argv[0]
       *
       * @param {string[]} [argv]
       * @param {object} [parseOptions]
       * @param {string} parseOptions.from - where the args are from: 'node', 'user', 'electron'
       * @return {Promise}
       */
      async parseAsync(argv, parseOptions) {
        this._prepareForParse();
        const userArgs = this._prepareUserArgs(argv, parseOptions);
        await this._parseCommand([], userArgs);
        return this;
      }
      _prepareForParse() {
        if (this._savedState === null) {
          this.saveStateBeforeParse();
        } else {
          this.restoreStateBeforeParse();
        }
      }
      /**
       * Called the first time parse is called to save state and allow a restore before subsequent calls to parse.
       * Not usually called directly, but available for subclasses to save their custom state.
       *
       * This is called in a lazy way. Only commands used in parsing chain will have state saved.
       */
      saveStateBeforeParse() {
        this._savedState = {
          // name is stable if supplied by author, but may be unspecified for root command and deduced during parsing
          _name: this._name,
          // option values before parse have default values (including false for negated options)
          // shallow clones
          _optionValues: { ...this._optionValues },
          _optionValueSources: { ...this._optionValueSources }
        };
      }
      /**
       * Restore state before parse for calls after the first.
       * Not usually called directly, but available for subclasses to save their custom state.
       *
       * This is called in a lazy way. Only commands used in parsing chain will have state restored.
       */
      restoreStateBeforeParse() {
        if (this._storeOptionsAsProperties)
          throw new Error(`Can not call parse again when storeOptionsAsProperties is true.
- either make a new Command for each call to parse, or stop storing options as properties`);
        this._name = this._savedState._name;
        this._scriptPath = null;
        this.rawArgs = [];
        this._optionValues = { ...this._savedState._optionValues };
        this._optionValueSources = { ...this._savedState._optionValueSources };
        this.args = [];
        this.processedArgs = [];
      }
      /**
       * Throw if expected executable is missing. Add lots of help for author.
       *
       * @param {string} executableFile
       * @param {string} executableDir
       * @param {string} subcommandName
       */
      _checkForMissingExecutable(executableFile, executableDir, subcommandName) {
        if (fs.existsSync(executableFile)) return;
        const executableDirMessage = executableDir ? `searched for local subcommand relative to directory '${executableDir}'` : "no directory for search for local subcommand, use .executableDir() to supply a custom directory";
        const executableMissing = `'${executableFile}' does not exist
 - if '${subcommandName}' is not meant to be an executable command, remove description parameter from '.command()' and use '.description()' instead
 - if the default executable name is not suitable, use the executableFile option to supply a custom name or path
 - ${executableDirMessage}`;
        throw new Error(executableMissing);
      }
      /**
       * Execute a sub-command executable.
       *
       * @private
       */
      _executeSubCommand(subcommand, args) {
        args = args.slice();
        let launchWithNode = false;
        const sourceExt = [".js", ".ts", ".tsx", ".mjs", ".cjs"];
        function findFile(baseDir, baseName) {
          const localBin = path.resolve(baseDir, baseName);
          if (fs.existsSync(localBin)) return localBin;
          if (sourceExt.includes(path.extname(baseName))) return void 0;
          const foundExt = sourceExt.find(
            (ext) => fs.existsSync(`${localBin}${ext}`)
          );
          if (foundExt) return `${localBin}${foundExt}`;
          return void 0;
        }
        this._checkForMissingMandatoryOptions();
        this._checkForConflictingOptions();
        let executableFile = subcommand._executableFile || `${this._name}-${subcommand._name}`;
        let executableDir = this._executableDir || "";
        if (this._scriptPath) {
          let resolvedScriptPath;
          try {
            resolvedScriptPath = fs.realpathSync(this._scriptPath);
          } catch {
            resolvedScriptPath = this._scriptPath;
          }
          executableDir = path.resolve(
            path.dirname(resolvedScriptPath),
            executableDir
          );
        }
        if (executableDir) {
          let localFile = findFile(executableDir, executableFile);
          if (!localFile && !subcommand._executableFile && this._scriptPath) {
            const legacyName = path.basename(
              this._scriptPath,
              path.extname(this._scriptPath)
            );
            if (legacyName !== this._name) {
              localFile = findFile(
                executableDir,
                `${legacyName}-${subcommand._name}`
              );
            }
          }
          executableFile = localFile || executableFile;
        }
        launchWithNode = sourceExt.includes(path.extname(executableFile));
        let proc;
        if (process2.platform !== "win32") {
          if (launchWithNode) {
            args.unshift(executableFile);
            args = incrementNodeInspectorPort(process2.execArgv).concat(args);
            proc = childProcess.spawn(process2.argv[0], args, { stdio: "inherit" });
          } else {
            proc = childProcess.spawn(executableFile, args, { stdio: "inherit" });
          }
        } else {
          this._checkForMissingExecutable(
            executableFile,
            executableDir,
            subcommand._name
          );
          args.unshift(executableFile);
          args = incrementNodeInspectorPort(process2.execArgv).concat(args);
          proc = childProcess.spawn(process2.execPath, args, { stdio: "inherit" });
        }
        if (!proc.killed) {
          const signals = ["SIGUSR1", "SIGUSR2", "SIGTERM", "SIGINT", "SIGHUP"];
          signals.forEach((signal) => {
            process2.on(signal, () => {
              if (proc.killed === false && proc.exitCode === null) {
                proc.kill(signal);
              }
            });
          });
        }
        const exitCallback = this._exitCallback;
        proc.on("close", (code) => {
          code = code ?? 1;
          if (!exitCallback) {
            process2.exit(code);
          } else {
            exitCallback(
              new CommanderError2(
                code,
                "commander.executeSubCommandAsync",
                "(close)"
              )
            );
          }
        });
        proc.on("error", (err) => {
          if (err.code === "ENOENT") {
            this._checkForMissingExecutable(
              executableFile,
              executableDir,
              subcommand._name
            );
          } else if (err.code === "EACCES") {
            throw new Error(`'${executableFile}' not executable`);
          }
          if (!exitCallback) {
            process2.exit(1);
          } else {
            const wrappedError = new CommanderError2(
              1,
              "commander.executeSubCommandAsync",
              "(error)"
            );
            wrappedError.nestedError = err;
            exitCallback(wrappedError);
          }
        });
        this.runningCommand = proc;
      }
      /**
       * @private
       */
      _dispatchSubcommand(commandName, operands, unknown) {
        const subCommand = this._findCommand(commandName);
        if (!subCommand) this.help({ error: true });
        subCommand._prepareForParse();
        let promiseChain;
        promiseChain = this._chainOrCallSubCommandHook(
          promiseChain,
          subCommand,
          "preSubcommand"
        );
        promiseChain = this._chainOrCall(promiseChain, () => {
          if (subCommand._executableHandler) {
            this._executeSubCommand(subCommand, operands.concat(unknown));
          } else {
            return subCommand._parseCommand(operands, unknown);
          }
        });
        return promiseChain;
      }
      /**
       * Invoke help directly if possible, or dispatch if necessary.
       * e.g. help foo
       *
       * @private
       */
      _dispatchHelpCommand(subcommandName) {
        if (!subcommandName) {
          this.help();
        }
        const subCommand = this._findCommand(subcommandName);
        if (subCommand && !subCommand._executableHandler) {
          subCommand.help();
        }
        return this._dispatchSubcommand(
          subcommandName,
          [],
          [this._getHelpOption()?.long ?? this._getHelpOption()?.short ?? "--help"]
        );
      }
      /**
       * Check this.args against expected this.registeredArguments.
       *
       * @private
       */
      _checkNumberOfArguments() {
        this.registeredArguments.forEach((arg, i) => {
          if (arg.required && this.args[i] == null) {
            this.missingArgument(arg.name());
          }
        });
        if (this.registeredArguments.length > 0 && this.registeredArguments[this.registeredArguments.length - 1].variadic) {
          return;
        }
        if (this.args.length > this.registeredArguments.length) {
          this._excessArguments(this.args);
        }
      }
      /**
       * Process this.args using this.registeredArguments and save as this.processedArgs!
       *
       * @private
       */
      _processArguments() {
        const myParseArg = (argument, value, previous) => {
          let parsedValue = value;
          if (value !== null && argument.parseArg) {
            const invalidValueMessage = `error: command-argument value '${value}' is invalid for argument '${argument.name()}'.`;
            parsedValue = this._callParseArg(
              argument,
              value,
              previous,
              invalidValueMessage
            );
          }
          return parsedValue;
        };
        this._checkNumberOfArguments();
        const processedArgs = [];
        this.registeredArguments.forEach((declaredArg, index) => {
          let value = declaredArg.defaultValue;
          if (declaredArg.variadic) {
            if (index < this.args.length) {
              value = this.args.slice(index);
              if (declaredArg.parseArg) {
                value = value.reduce((processed, v) => {
                  return myParseArg(declaredArg, v, processed);
                }, declaredArg.defaultValue);
              }
            } else if (value === void 0) {
              value = [];
            }
          } else if (index < this.args.length) {
            value = this.args[index];
            if (declaredArg.parseArg) {
              value = myParseArg(declaredArg, value, declaredArg.defaultValue);
            }
          }
          processedArgs[index] = value;
        });
        this.processedArgs = processedArgs;
      }
      /**
       * Once we have a promise we chain, but call synchronously until then.
       *
       * @param {(Promise|undefined)} promise
       * @param {Function} fn
       * @return {(Promise|undefined)}
       * @private
       */
      _chainOrCall(promise, fn) {
        if (promise?.then && typeof promise.then === "function") {
          return promise.then(() => fn());
        }
        return fn();
      }
      /**
       *
       * @param {(Promise|undefined)} promise
       * @param {string} event
       * @return {(Promise|undefined)}
       * @private
       */
      _chainOrCallHooks(promise, event) {
        let result = promise;
        const hooks = [];
        this._getCommandAndAncestors().reverse().filter((cmd) => cmd._lifeCycleHooks[event] !== void 0).forEach((hookedCommand) => {
          hookedCommand._lifeCycleHooks[event].forEach((callback) => {
            hooks.push({ hookedCommand, callback });
          });
        });
        if (event === "postAction") {
          hooks.reverse();
        }
        hooks.forEach((hookDetail) => {
          result = this._chainOrCall(result, () => {
            return hookDetail.callback(hookDetail.hookedCommand, this);
          });
        });
        return result;
      }
      /**
       *
       * @param {(Promise|undefined)} promise
       * @param {Command} subCommand
       * @param {string} event
       * @return {(Promise|undefined)}
       * @private
       */
      _chainOrCallSubCommandHook(promise, subCommand, event) {
        let result = promise;
        if (this._lifeCycleHooks[event] !== void 0) {
          this._lifeCycleHooks[event].forEach((hook) => {
            result = this._chainOrCall(result, () => {
              return hook(this, subCommand);
            });
          });
        }
        return result;
      }
      /**
       * Process arguments in context of this command.
       * Returns action result, in case it is a promise.
       *
       * @private
       */
      _parseCommand(operands, unknown) {
        const parsed = this.parseOptions(unknown);
        this._parseOptionsEnv();
        this._parseOptionsImplied();
        operands = operands.concat(parsed.operands);
        unknown = parsed.unknown;
        this.args = operands.concat(unknown);
        if (operands && this._findCommand(operands[0])) {
          return this._dispatchSubcommand(operands[0], operands.slice(1), unknown);
        }
        if (this._getHelpCommand() && operands[0] === this._getHelpCommand().name()) {
          return this._dispatchHelpCommand(operands[1]);
        }
        if (this._defaultCommandName) {
          this._outputHelpIfRequested(unknown);
          return this._dispatchSubcommand(
            this._defaultCommandName,
            operands,
            unknown
          );
        }
        if (this.commands.length && this.args.length === 0 && !this._actionHandler && !this._defaultCommandName) {
          this.help({ error: true });
        }
        this._outputHelpIfRequested(parsed.unknown);
        this._checkForMissingMandatoryOptions();
        this._checkForConflictingOptions();
        const checkForUnknownOptions = () => {
          if (parsed.unknown.length > 0) {
            this.unknownOption(parsed.unknown[0]);
          }
        };
        const commandEvent = `command:${this.name()}`;
        if (this._actionHandler) {
          checkForUnknownOptions();
          this._processArguments();
          let promiseChain;
          promiseChain = this._chainOrCallHooks(promiseChain, "preAction");
          promiseChain = this._chainOrCall(
            promiseChain,
            () => this._actionHandler(this.processedArgs)
          );
          if (this.parent) {
            promiseChain = this._chainOrCall(promiseChain, () => {
              this.parent.emit(commandEvent, operands, unknown);
            });
          }
          promiseChain = this._chainOrCallHooks(promiseChain, "postAction");
          return promiseChain;
        }
        if (this.parent?.listenerCount(commandEvent)) {
          checkForUnknownOptions();
          this._processArguments();
          this.parent.emit(commandEvent, operands, unknown);
        } else if (operands.length) {
          if (this._findCommand("*")) {
            return this._dispatchSubcommand("*", operands, unknown);
          }
          if (this.listenerCount("command:*")) {
            this.emit("command:*", operands, unknown);
          } else if (this.commands.length) {
            this.unknownCommand();
          } else {
            checkForUnknownOptions();
            this._processArguments();
          }
        } else if (this.commands.length) {
          checkForUnknownOptions();
          this.help({ error: true });
        } else {
          checkForUnknownOptions();
          this._processArguments();
        }
      }
      /**
       * Find matching command.
       *
       * @private
       * @return {Command | undefined}
       */
      _findCommand(name) {
        if (!name) return void 0;
        return this.commands.find(
          (cmd) => cmd._name === name || cmd._aliases.includes(name)
        );
      }
      /**
       * Return an option matching `arg` if any.
       *
       * @param {string} arg
       * @return {Option}
       * @package
       */
      _findOption(arg) {
        return this.options.find((option) => option.is(arg));
      }
      /**
       * Display an error message if a mandatory option does not have a value.
       * Called after checking for help flags in leaf subcommand.
       *
       * @private
       */
      _checkForMissingMandatoryOptions() {
        this._getCommandAndAncestors().forEach((cmd) => {
          cmd.options.forEach((anOption) => {
            if (anOption.mandatory && cmd.getOptionValue(anOption.attributeName()) === void 0) {
              cmd.missingMandatoryOptionValue(anOption);
            }
          });
        });
      }
      /**
       * Display an error message if conflicting options are used together in this.
       *
       * @private
       */
      _checkForConflictingLocalOptions() {
        const definedNonDefaultOptions = this.options.filter((option) => {
          const optionKey = option.attributeName();
          if (this.getOptionValue(optionKey) === void 0) {
            return false;
          }
          return this.getOptionValueSource(optionKey) !== "default";
        });
        const optionsWithConflicting = definedNonDefaultOptions.filter(
          (option) => option.conflictsWith.length > 0
        );
        optionsWithConflicting.forEach((option) => {
          const conflictingAndDefined = definedNonDefaultOptions.find(
            (defined) => option.conflictsWith.includes(defined.attributeName())
          );
          if (conflictingAndDefined) {
            this._conflictingOption(option, conflictingAndDefined);
          }
        });
      }
      /**
       * Display an error message if conflicting options are used together.
       * Called after checking for help flags in leaf subcommand.
       *
       * @private
       */
      _checkForConflictingOptions() {
        this._getCommandAndAncestors().forEach((cmd) => {
          cmd._checkForConflictingLocalOptions();
        });
      }
      /**
       * Parse options from `argv` removing known options,
       * and return argv split into operands and unknown arguments.
       *
       * Side effects: modifies command by storing options. Does not reset state if called again.
       *
       * Examples:
       *
       *     argv => operands, unknown
       *     --known kkk op => [op], []
       *     op --known kkk => [op], []
       *     sub --unknown uuu op => [sub], [--unknown uuu op]
       *     sub -- --unknown uuu op => [sub --unknown uuu op], []
       *
       * @param {string[]} args
       * @return {{operands: string[], unknown: string[]}}
       */
      parseOptions(args) {
        const operands = [];
        const unknown = [];
        let dest = operands;
        function maybeOption(arg) {
          return arg.length > 1 && arg[0] === "-";
        }
        const negativeNumberArg = (arg) => {
          if (!/^-(\d+|\d*\.\d+)(e[+-]?\d+)?$/.test(arg)) return false;
          return !this._getCommandAndAncestors().some(
            (cmd) => cmd.options.map((opt) => opt.short).some((short2) => /^-\d$/.test(short2))
          );
        };
        let activeVariadicOption = null;
        let activeGroup = null;
        let i = 0;
        while (i < args.length || activeGroup) {
          const arg = activeGroup ?? args[i++];
          activeGroup = null;
          if (arg === "--") {
            if (dest === unknown) dest.push(arg);
            dest.push(...args.slice(i));
            break;
          }
          if (activeVariadicOption && (!maybeOption(arg) || negativeNumberArg(arg))) {
            this.emit(`option:${activeVariadicOption.name()}`, arg);
            continue;
          }
          activeVariadicOption = null;
          if (maybeOption(arg)) {
            const option = this._findOption(arg);
            if (option) {
              if (option.required) {
                const value = args[i++];
                if (value === void 0) this.optionMissingArgument(option);
                this.emit(`option:${option.name()}`, value);
              } else if (option.optional) {
                let value = null;
                if (i < args.length && (!maybeOption(args[i]) || negativeNumberArg(args[i]))) {
                  value = args[i++];
                }
                this.emit(`option:${option.name()}`, value);
              } else {
                this.emit(`option:${option.name()}`);
              }
              activeVariadicOption = option.variadic ? option : null;
              continue;
            }
          }
          if (arg.length > 2 && arg[0] === "-" && arg[1] !== "-") {
            const option = this._findOption(`-${arg[1]}`);
            if (option) {
              if (option.required || option.optional && this._combineFlagAndOptionalValue) {
                this.emit(`option:${option.name()}`, arg.slice(2));
              } else {
                this.emit(`option:${option.name()}`);
                activeGroup = `-${arg.slice(2)}`;
              }
              continue;
            }
          }
          if (/^--[^=]+=/.test(arg)) {
            const index = arg.indexOf("=");
            const option = this._findOption(arg.slice(0, index));
            if (option && (option.required || option.optional)) {
              this.emit(`option:${option.name()}`, arg.slice(index + 1));
              continue;
            }
          }
          if (dest === operands && maybeOption(arg) && !(this.commands.length === 0 && negativeNumberArg(arg))) {
            dest = unknown;
          }
          if ((this._enablePositionalOptions || this._passThroughOptions) && operands.length === 0 && unknown.length === 0) {
            if (this._findCommand(arg)) {
              operands.push(arg);
              unknown.push(...args.slice(i));
              break;
            } else if (this._getHelpCommand() && arg === this._getHelpCommand().name()) {
              operands.push(arg, ...args.slice(i));
              break;
            } else if (this._defaultCommandName) {
              unknown.push(arg, ...args.slice(i));
              break;
            }
          }
          if (this._passThroughOptions) {
            dest.push(arg, ...args.slice(i));
            break;
          }
          dest.push(arg);
        }
        return { operands, unknown };
      }
      /**
       * Return an object containing local option values as key-value pairs.
       *
       * @return {object}
       */
      opts() {
        if (this._storeOptionsAsProperties) {
          const result = {};
          const len = this.options.length;
          for (let i = 0; i < len; i++) {
            const key = this.options[i].attributeName();
            result[key] = key === this._versionOptionName ? this._version : this[key];
          }
          return result;
        }
        return this._optionValues;
      }
      /**
       * Return an object containing merged local and global option values as key-value pairs.
       *
       * @return {object}
       */
      optsWithGlobals() {
        return this._getCommandAndAncestors().reduce(
          (combinedOptions, cmd) => Object.assign(combinedOptions, cmd.opts()),
          {}
        );
      }
      /**
       * Display error message and exit (or call exitOverride).
       *
       * @param {string} message
       * @param {object} [errorOptions]
       * @param {string} [errorOptions.code] - an id string representing the error
       * @param {number} [errorOptions.exitCode] - used with process.exit
       */
      error(message, errorOptions) {
        this._outputConfiguration.outputError(
          `${message}
`,
          this._outputConfiguration.writeErr
        );
        if (typeof this._showHelpAfterError === "string") {
          this._outputConfiguration.writeErr(`${this._showHelpAfterError}
`);
        } else if (this._showHelpAfterError) {
          this._outputConfiguration.writeErr("\n");
          this.outputHelp({ error: true });
        }
        const config = errorOptions || {};
        const exitCode = config.exitCode || 1;
        const code = config.code || "commander.error";
        this._exit(exitCode, code, message);
      }
      /**
       * Apply any option related environment variables, if option does
       * not have a value from cli or client code.
       *
       * @private
       */
      _parseOptionsEnv() {
        this.options.forEach((option) => {
          if (option.envVar && option.envVar in process2.env) {
            const optionKey = option.attributeName();
            if (this.getOptionValue(optionKey) === void 0 || ["default", "config", "env"].includes(
              this.getOptionValueSource(optionKey)
            )) {
              if (option.required || option.optional) {
                this.emit(`optionEnv:${option.name()}`, process2.env[option.envVar]);
              } else {
                this.emit(`optionEnv:${option.name()}`);
              }
            }
          }
        });
      }
      /**
       * Apply any implied option values, if option is undefined or default value.
       *
       * @private
       */
      _parseOptionsImplied() {
        const dualHelper = new DualOptions(this.options);
        const hasCustomOptionValue = (optionKey) => {
          return this.getOptionValue(optionKey) !== void 0 && !["default", "implied"].includes(this.getOptionValueSource(optionKey));
        };
        this.options.filter(
          (option) => option.implied !== void 0 && hasCustomOptionValue(option.attributeName()) && dualHelper.valueFromOption(
            this.getOptionValue(option.attributeName()),
            option
          )
        ).forEach((option) => {
          Object.keys(option.implied).filter((impliedKey) => !hasCustomOptionValue(impliedKey)).forEach((impliedKey) => {
            this.setOptionValueWithSource(
              impliedKey,
              option.implied[impliedKey],
              "implied"
            );
          });
        });
      }
      /**
       * Argument `name` is missing.
       *
       * @param {string} name
       * @private
       */
      missingArgument(name) {
        const message = `error: missing required argument '${name}'`;
        this.error(message, { code: "commander.missingArgument" });
      }
      /**
       * `Option` is missing an argument.
       *
       * @param {Option} option
       * @private
       */
      optionMissingArgument(option) {
        const message = `error: option '${option.flags}' argument missing`;
        this.error(message, { code: "commander.optionMissingArgument" });
      }
      /**
       * `Option` does not have a value, and is a mandatory option.
       *
       * @param {Option} option
       * @private
       */
      missingMandatoryOptionValue(option) {
        const message = `error: required option '${option.flags}' not specified`;
        this.error(message, { code: "commander.missingMandatoryOptionValue" });
      }
      /**
       * `Option` conflicts with another option.
       *
       * @param {Option} option
       * @param {Option} conflictingOption
       * @private
       */
      _conflictingOption(option, conflictingOption) {
        const findBestOptionFromValue = (option2) => {
          const optionKey = option2.attributeName();
          const optionValue = this.getOptionValue(optionKey);
          const negativeOption = this.options.find(
            (target) => target.negate && optionKey === target.attributeName()
          );
          const positiveOption = this.options.find(
            (target) => !target.negate && optionKey === target.attributeName()
          );
          if (negativeOption && (negativeOption.presetArg === void 0 && optionValue === false || negativeOption.presetArg !== void 0 && optionValue === negativeOption.presetArg)) {
            return negativeOption;
          }
          return positiveOption || option2;
        };
        const getErrorMessage = (option2) => {
          const bestOption = findBestOptionFromValue(option2);
          const optionKey = bestOption.attributeName();
          const source = this.getOptionValueSource(optionKey);
          if (source === "env") {
            return `environment variable '${bestOption.envVar}'`;
          }
          return `option '${bestOption.flags}'`;
        };
        const message = `error: ${getErrorMessage(option)} cannot be used with ${getErrorMessage(conflictingOption)}`;
        this.error(message, { code: "commander.conflictingOption" });
      }
      /**
       * Unknown option `flag`.
       *
       * @param {string} flag
       * @private
       */
      unknownOption(flag) {
        if (this._allowUnknownOption) return;
        let suggestion = "";
        if (flag.startsWith("--") && this._showSuggestionAfterError) {
          let candidateFlags = [];
          let command = this;
          do {
            const moreFlags = command.createHelp().visibleOptions(command).filter((option) => option.long).map((option) => option.long);
            candidateFlags = candidateFlags.concat(moreFlags);
            command = command.parent;
          } while (command && !command._enablePositionalOptions);
          suggestion = suggestSimilar(flag, candidateFlags);
        }
        const message = `error: unknown option '${flag}'${suggestion}`;
        this.error(message, { code: "commander.unknownOption" });
      }
      /**
       * Excess arguments, more than expected.
       *
       * @param {string[]} receivedArgs
       * @private
       */
      _excessArguments(receivedArgs) {
        if (this._allowExcessArguments) return;
        const expected = this.registeredArguments.length;
        const s = expected === 1 ? "" : "s";
        const forSubcommand = this.parent ? ` for '${this.name()}'` : "";
        const message = `error: too many arguments${forSubcommand}. Expected ${expected} argument${s} but got ${receivedArgs.length}.`;
        this.error(message, { code: "commander.excessArguments" });
      }
      /**
       * Unknown command.
       *
       * @private
       */
      unknownCommand() {
        const unknownName = this.args[0];
        let suggestion = "";
        if (this._showSuggestionAfterError) {
          const candidateNames = [];
          this.createHelp().visibleCommands(this).forEach((command) => {
            candidateNames.push(command.name());
            if (command.alias()) candidateNames.push(command.alias());
          });
          suggestion = suggestSimilar(unknownName, candidateNames);
        }
        const message = `error: unknown command '${unknownName}'${suggestion}`;
        this.error(message, { code: "commander.unknownCommand" });
      }
      /**
       * Get or set the program version.
       *
       * This method auto-registers the "-V, --version" option which will print the version number.
       *
       * You can optionally supply the flags and description to override the defaults.
       *
       * @param {string} [str]
       * @param {string} [flags]
       * @param {string} [description]
       * @return {(this | string | undefined)} `this` command for chaining, or version string if no arguments
       */
      version(str, flags, description) {
        if (str === void 0) return this._version;
        this._version = str;
        flags = flags || "-V, --version";
        description = description || "output the version number";
        const versionOption = this.createOption(flags, description);
        this._versionOptionName = versionOption.attributeName();
        this._registerOption(versionOption);
        this.on("option:" + versionOption.name(), () => {
          this._outputConfiguration.writeOut(`${str}
`);
          this._exit(0, "commander.version", str);
        });
        return this;
      }
      /**
       * Set the description.
       *
       * @param {string} [str]
       * @param {object} [argsDescription]
       * @return {(string|Command)}
       */
      description(str, argsDescription) {
        if (str === void 0 && argsDescription === void 0)
          return this._description;
        this._description = str;
        if (argsDescription) {
          this._argsDescription = argsDescription;
        }
        return this;
      }
      /**
       * Set the summary. Used when listed as subcommand of parent.
       *
       * @param {string} [str]
       * @return {(string|Command)}
       */
      summary(str) {
        if (str === void 0) return this._summary;
        this._summary = str;
        return this;
      }
      /**
       * Set an alias for the command.
       *
       * You may call more than once to add multiple aliases. Only the first alias is shown in the auto-generated help.
       *
       * @param {string} [alias]
       * @return {(string|Command)}
       */
      alias(alias) {
        if (alias === void 0) return this._aliases[0];
        let command = this;
        if (this.commands.length !== 0 && this.commands[this.commands.length - 1]._executableHandler) {
          command = this.commands[this.commands.length - 1];
        }
        if (alias === command._name)
          throw new Error("Command alias can't be the same as its name");
        const matchingCommand = this.parent?._findCommand(alias);
        if (matchingCommand) {
          const existingCmd = [matchingCommand.name()].concat(matchingCommand.aliases()).join("|");
          throw new Error(
            `cannot add alias '${alias}' to command '${this.name()}' as already have command '${existingCmd}'`
          );
        }
        command._aliases.push(alias);
        return this;
      }
      /**
       * Set aliases for the command.
       *
       * Only the first alias is shown in the auto-generated help.
       *
       * @param {string[]} [aliases]
       * @return {(string[]|Command)}
       */
      aliases(aliases) {
        if (aliases === void 0) return this._aliases;
        aliases.forEach((alias) => this.alias(alias));
        return this;
      }
      /**
       * Set / get the command usage `str`.
       *
       * @param {string} [str]
       * @return {(string|Command)}
       */
      usage(str) {
        if (str === void 0) {
          if (this._usage) return this._usage;
          const args = this.registeredArguments.map((arg) => {
            return humanReadableArgName(arg);
          });
          return [].concat(
            this.options.length || this._helpOption !== null ? "[options]" : [],
            this.commands.length ? "[command]" : [],
            this.registeredArguments.length ? args : []
          ).join(" ");
        }
        this._usage = str;
        return this;
      }
      /**
       * Get or set the name of the command.
       *
       * @param {string} [str]
       * @return {(string|Command)}
       */
      name(str) {
        if (str === void 0) return this._name;
        this._name = str;
        return this;
      }
      /**
       * Set/get the help group heading for this subcommand in parent command's help.
       *
       * @param {string} [heading]
       * @return {Command | string}
       */
      helpGroup(heading) {
        if (heading === void 0) return this._helpGroupHeading ?? "";
        this._helpGroupHeading = heading;
        return this;
      }
      /**
       * Set/get the default help group heading for subcommands added to this command.
       * (This does not override a group set directly on the subcommand using .helpGroup().)
       *
       * @example
       * program.commandsGroup('Development Commands:);
       * program.command('watch')...
       * program.command('lint')...
       * ...
       *
       * @param {string} [heading]
       * @returns {Command | string}
       */
      commandsGroup(heading) {
        if (heading === void 0) return this._defaultCommandGroup ?? "";
        this._defaultCommandGroup = heading;
        return this;
      }
      /**
       * Set/get the default help group heading for options added to this command.
       * (This does not override a group set directly on the option using .helpGroup().)
       *
       * @example
       * program
       *   .optionsGroup('Development Options:')
       *   .option('-d, --debug', 'output extra debugging')
       *   .option('-p, --profile', 'output profiling information')
       *
       * @param {string} [heading]
       * @returns {Command | string}
       */
      optionsGroup(heading) {
        if (heading === void 0) return this._defaultOptionGroup ?? "";
        this._defaultOptionGroup = heading;
        return this;
      }
      /**
       * @param {Option} option
       * @private
       */
      _initOptionGroup(option) {
        if (this._defaultOptionGroup && !option.helpGroupHeading)
          option.helpGroup(this._defaultOptionGroup);
      }
      /**
       * @param {Command} cmd
       * @private
       */
      _initCommandGroup(cmd) {
        if (this._defaultCommandGroup && !cmd.helpGroup())
          cmd.helpGroup(this._defaultCommandGroup);
      }
      /**
       * Set the name of the command from script filename, such as process.argv[1],
       * or require.main.filename, or __filename.
       *
       * (Used internally and public although not documented in README.)
       *
       * @example
       * program.nameFromFilename(require.main.filename);
       *
       * @param {string} filename
       * @return {Command}
       */
      nameFromFilename(filename) {
        this._name = path.basename(filename, path.extname(filename));
        return this;
      }
      /**
       * Get or set the directory for searching for executable subcommands of this command.
       *
       * @example
       * program.executableDir(__dirname);
       * // or
       * program.executableDir('subcommands');
       *
       * @param {string} [path]
       * @return {(string|null|Command)}
       */
      executableDir(path2) {
        if (path2 === void 0) return this._executableDir;
        this._executableDir = path2;
        return this;
      }
      /**
       * Return program help documentation.
       *
       * @param {{ error: boolean }} [contextOptions] - pass {error:true} to wrap for stderr instead of stdout
       * @return {string}
       */
      helpInformation(contextOptions) {
        const helper = this.createHelp();
        const context = this._getOutputContext(contextOptions);
        helper.prepareContext({
          error: context.error,
          helpWidth: context.helpWidth,
          outputHasColors: context.hasColors
        });
        const text = helper.formatHelp(this, helper);
        if (context.hasColors) return text;
        return this._outputConfiguration.stripColor(text);
      }
      /**
       * @typedef HelpContext
       * @type {object}
       * @property {boolean} error
       * @property {number} helpWidth
       * @property {boolean} hasColors
       * @property {function} write - includes stripColor if needed
       *
       * @returns {HelpContext}
       * @private
       */
      _getOutputContext(contextOptions) {
        contextOptions = contextOptions || {};
        const error = !!contextOptions.error;
        let baseWrite;
        let hasColors;
        let helpWidth;
        if (error) {
          baseWrite = (str) => this._outputConfiguration.writeErr(str);
          hasColors = this._outputConfiguration.getErrHasColors();
          helpWidth = this._outputConfiguration.getErrHelpWidth();
        } else {
          baseWrite = (str) => this._outputConfiguration.writeOut(str);
          hasColors = this._outputConfiguration.getOutHasColors();
          helpWidth = this._outputConfiguration.getOutHelpWidth();
        }
        const write = (str) => {
          if (!hasColors) str = this._outputConfiguration.stripColor(str);
          return baseWrite(str);
        };
        return { error, write, hasColors, helpWidth };
      }
      /**
       * Output help information for this command.
       *
       * Outputs built-in help, and custom text added using `.addHelpText()`.
       *
       * @param {{ error: boolean } | Function} [contextOptions] - pass {error:true} to write to stderr instead of stdout
       */
      outputHelp(contextOptions) {
        let deprecatedCallback;
        if (typeof contextOptions === "function") {
          deprecatedCallback = contextOptions;
          contextOptions = void 0;
        }
        const outputContext = this._getOutputContext(contextOptions);
        const eventContext = {
          error: outputContext.error,
          write: outputContext.write,
          command: this
        };
        this._getCommandAndAncestors().reverse().forEach((command) => command.emit("beforeAllHelp", eventContext));
        this.emit("beforeHelp", eventContext);
        let helpInformation = this.helpInformation({ error: outputContext.error });
        if (deprecatedCallback) {
          helpInformation = deprecatedCallback(helpInformation);
          if (typeof helpInformation !== "string" && !Buffer.isBuffer(helpInformation)) {
            throw new Error("outputHelp callback must return a string or a Buffer");
          }
        }
        outputContext.write(helpInformation);
        if (this._getHelpOption()?.long) {
          this.emit(this._getHelpOption().long);
        }
        this.emit("afterHelp", eventContext);
        this._getCommandAndAncestors().forEach(
          (command) => command.emit("afterAllHelp", eventContext)
        );
      }
      /**
       * You can pass in flags and a description to customise the built-in help option.
       * Pass in false to disable the built-in help option.
       *
       * @example
       * program.helpOption('-?, --help' 'show help'); // customise
       * program.helpOption(false); // disable
       *
       * @param {(string | boolean)} flags
       * @param {string} [description]
       * @return {Command} `this` command for chaining
       */
      helpOption(flags, description) {
        if (typeof flags === "boolean") {
          if (flags) {
            if (this._helpOption === null) this._helpOption = void 0;
            if (this._defaultOptionGroup) {
              this._initOptionGroup(this._getHelpOption());
            }
          } else {
            this._helpOption = null;
          }
          return this;
        }
        this._helpOption = this.createOption(
          flags ?? "-h, --help",
          description ?? "display help for command"
        );
        if (flags || description) this._initOptionGroup(this._helpOption);
        return this;
      }
      /**
       * Lazy create help option.
       * Returns null if has been disabled with .helpOption(false).
       *
       * @returns {(Option | null)} the help option
       * @package
       */
      _getHelpOption() {
        if (this._helpOption === void 0) {
          this.helpOption(void 0, void 0);
        }
        return this._helpOption;
      }
      /**
       * Supply your own option to use for the built-in help option.
       * This is an alternative to using helpOption() to customise the flags and description etc.
       *
       * @param {Option} option
       * @return {Command} `this` command for chaining
       */
      addHelpOption(option) {
        this._helpOption = option;
        this._initOptionGroup(option);
        return this;
      }
      /**
       * Output help information and exit.
       *
       * Outputs built-in help, and custom text added using `.addHelpText()`.
       *
       * @param {{ error: boolean }} [contextOptions] - pass {error:true} to write to stderr instead of stdout
       */
      help(contextOptions) {
        this.outputHelp(contextOptions);
        let exitCode = Number(process2.exitCode ?? 0);
        if (exitCode === 0 && contextOptions && typeof contextOptions !== "function" && contextOptions.error) {
          exitCode = 1;
        }
        this._exit(exitCode, "commander.help", "(outputHelp)");
      }
      /**
       * // Do a little typing to coordinate emit and listener for the help text events.
       * @typedef HelpTextEventContext
       * @type {object}
       * @property {boolean} error
       * @property {Command} command
       * @property {function} write
       */
      /**
       * Add additional text to be displayed with the built-in help.
       *
       * Position is 'before' or 'after' to affect just this command,
       * and 'beforeAll' or 'afterAll' to affect this command and all its subcommands.
       *
       * @param {string} position - before or after built-in help
       * @param {(string | Function)} text - string to add, or a function returning a string
       * @return {Command} `this` command for chaining
       */
      addHelpText(position, text) {
        const allowedValues = ["beforeAll", "before", "after", "afterAll"];
        if (!allowedValues.includes(position)) {
          throw new Error(`Unexpected value for position to addHelpText.
Expecting one of '${allowedValues.join("', '")}'`);
        }
        const helpEvent = `${position}Help`;
        this.on(helpEvent, (context) => {
          let helpStr;
          if (typeof text === "function") {
            helpStr = text({ error: context.error, command: context.command });
          } else {
            helpStr = text;
          }
          if (helpStr) {
            context.write(`${helpStr}
`);
          }
        });
        return this;
      }
      /**
       * Output help information if help flags specified
       *
       * @param {Array} args - array of options to search for help flags
       * @private
       */
      _outputHelpIfRequested(args) {
        const helpOption = this._getHelpOption();
        const helpRequested = helpOption && args.find((arg) => helpOption.is(arg));
        if (helpRequested) {
          this.outputHelp();
          this._exit(0, "commander.helpDisplayed", "(outputHelp)");
        }
      }
    };
    function incrementNodeInspectorPort(args) {
      return args.map((arg) => {
        if (!arg.startsWith("--inspect")) {
          return arg;
        }
        let debugOption;
        let debugHost = "127.0.0.1";
        let debugPort = "9229";
        let match;
        if ((match = arg.match(/^(--inspect(-brk)?)$/)) !== null) {
          debugOption = match[1];
        } else if ((match = arg.match(/^(--inspect(-brk|-port)?)=([^:]+)$/)) !== null) {
          debugOption = match[1];
          if (/^\d+$/.test(match[3])) {
            debugPort = match[3];
          } else {
            debugHost = match[3];
          }
        } else if ((match = arg.match(/^(--inspect(-brk|-port)?)=([^:]+):(\d+)$/)) !== null) {
          debugOption = match[1];
          debugHost = match[3];
          debugPort = match[4];
        }
        if (debugOption && debugPort !== "0") {
          return `${debugOption}=${debugHost}:${parseInt(debugPort) + 1}`;
        }
        return arg;
      });
    }
    function useColor() {
      if (process2.env.NO_COLOR || process2.env.FORCE_COLOR === "0" || process2.env.FORCE_COLOR === "false")
        return false;
      if (process2.env.FORCE_COLOR || process2.env.CLICOLOR_FORCE !== void 0)
        return true;
      return void 0;
    }
    exports.Command = Command2;
    exports.useColor = useColor;
  }
});

// ../../main/node_modules/commander/index.js
var require_commander = __commonJS({
  "../../main/node_modules/commander/index.js"(exports) {
    var { Argument: Argument2 } = require_argument();
    var { Command: Command2 } = require_command();
    var { CommanderError: CommanderError2, InvalidArgumentError: InvalidArgumentError2 } = require_error();
    var { Help: Help2 } = require_help();
    var { Option: Option2 } = require_option();
    exports.program = new Command2();
    exports.createCommand = (name) => new Command2(name);
    exports.createOption = (flags, description) => new Option2(flags, description);
    exports.createArgument = (name, description) => new Argument2(name, description);
    exports.Command = Command2;
    exports.Option = Option2;
    exports.Argument = Argument2;
    exports.Help = Help2;
    exports.CommanderError = CommanderError2;
    exports.InvalidArgumentError = InvalidArgumentError2;
    exports.InvalidOptionArgumentError = InvalidArgumentError2;
  }
});

// cli/main.ts
import { readFileSync as readFileSync2 } from "node:fs";

// ../../main/node_modules/commander/esm.mjs
var import_index = __toESM(require_commander(), 1);
var {
  program,
  createCommand,
  createArgument,
  createOption,
  CommanderError,
  InvalidArgumentError,
  InvalidOptionArgumentError,
  // deprecated old name
  Command,
  Argument,
  Option,
  Help
} = import_index.default;

// cli/session.ts
var DEFAULT_CONFIG = "/etc/donabe/donabe.toml";
function agentRoom() {
  return import("./agent-EYUCPBDT.mjs");
}
async function reading(configPath2, verb) {
  const room = await agentRoom();
  const config = await room.loadConfig(configPath2);
  return closing(
    await room.openToRead(config, room.newReporter(config)),
    (device) => verb({ room, config, device })
  );
}
async function walking(configPath2, name, verb) {
  const room = await agentRoom();
  const config = await room.loadConfig(configPath2);
  room.refuseWarnings(config);
  const interrupted = new AbortController();
  const stop = () => interrupted.abort("terminate");
  const makeWay = () => interrupted.abort("request");
  process.on("SIGINT", stop).on("SIGTERM", stop).on("SIGUSR2", makeWay);
  let lock;
  try {
    lock = room.acquireLock(config.values["paths.run"], name);
    const opened = await room.openDevice(config, room.newReporter(config));
    return await closing(opened, (device) => verb({ room, config, device, signal: interrupted.signal }));
  } finally {
    lock?.release();
    process.off("SIGINT", stop).off("SIGTERM", stop).off("SIGUSR2", makeWay);
  }
}
async function closing(opened, work) {
  try {
    return await work(opened.device);
  } finally {
    await opened.close();
  }
}

// cli/agent.ts
function agentCommand(configPath2) {
  return new Command("agent").description("run the update agent (what the systemd service does)").addHelpText(
    "after",
    `
SIGTERM finishes the chunk at hand, makes a checkpoint and ends. SIGUSR1 looks for an update now.

Example:
  donabe agent --config /etc/donabe/donabe.toml`
  ).action(async () => {
    const room = await agentRoom();
    await room.runAgent(configPath2(), (line) => process.stderr.write(`${line}
`));
  });
}

// cli/boot.ts
var BootRefusedError = class extends Error {
  code;
  constructor(code, message) {
    super(message);
    this.name = "BootRefusedError";
    this.code = code;
  }
};
var DEFAULT_TRIES = 3;
function bootCommand(context) {
  const boot = new Command("boot").description("look at the boot control and change it").exitOverride().addHelpText("after", EXAMPLES);
  boot.command("status").description("both slots, what the boot loader tries next, and the health of each copy").option("--json", "one JSON object").action(async (options) => {
    const { state, scrub } = await withBackend(context, "read", async (backend) => ({
      state: await backend.read(),
      scrub: await backend.scrub({ repair: false })
    }));
    const booted = await bootedOrReason(context);
    print(boot, options.json ? statusJson(state, scrub, booted) : statusTable(state, scrub, booted));
  });
  boot.command("activate").description("make the slot that is not booted active, if its seal holds").argument("<slot>", "a or b", slotArgument).option(
    "--tries <count>",
    `boots before the boot loader gives it up (${DEFAULT_TRIES}, or all that the format holds)`,
    countArgument
  ).action(async (slot, options) => {
    const given = await withBackend(context, "write", async (backend) => {
      if (await context.bootedSlot() === slot) {
        throw new BootRefusedError(
          "SLOT_IS_BOOTED",
          `slot ${slot} is booted; "donabe cancel" makes it active`
        );
      }
      const seal = await context.sealHolds(slot);
      if (!seal.holds) {
        throw new BootRefusedError("SEAL_BROKEN", `slot ${slot} is not activated: ${seal.reason}`);
      }
      const tries = options.tries ?? Math.min(DEFAULT_TRIES, backend.abilities.mostTries);
      await backend.activate(slot, tries);
      return tries;
    });
    print(boot, `slot ${slot} is active with ${given} ${given === 1 ? "try" : "tries"}`);
  });
  boot.command("mark-good").description("mark the booted slot good: a trial ends here, without its health checks").action(async () => {
    const slot = await context.bootedSlot();
    await withBackend(context, "write", (backend) => backend.markGood(slot));
    print(boot, `slot ${slot} is marked good`);
  });
  boot.command("mark-bad").description("take a slot out of the order; refused when no other slot can boot").argument("<slot>", "a or b", slotArgument).action(async (slot) => {
    await withBackend(context, "write", async (backend) => {
      await refuseWithoutFallback(context, backend, slot);
      await backend.markBad(slot);
    });
    print(boot, `slot ${slot} is marked bad`);
  });
  boot.command("scrub").description("check all copies of the boot control").option("--repair", "rewrite bad or stale ones from the valid one").option("--json", "one JSON object").action(async (options) => {
    const repair = options.repair === true;
    const report = await withBackend(
      context,
      repair ? "write" : "read",
      (backend) => backend.scrub({ repair })
    );
    print(boot, options.json ? JSON.stringify(report) : scrubTable(report));
  });
  return boot;
}
async function refuseWithoutFallback(context, backend, slot) {
  const { otherSlot } = await import("./bootctl-7DGHZASG.mjs");
  const other = otherSlot(slot);
  if (await context.bootedSlot() !== slot || (await backend.read()).slots[other].successful) return;
  const seal = await context.sealHolds(other);
  if (seal.holds) return;
  throw new BootRefusedError(
    "NO_FALLBACK",
    `slot ${slot} is booted and slot ${other} is no way back: ${seal.reason}`
  );
}
var EXAMPLES = `
Examples:
  donabe boot status --json
  donabe boot activate b --tries 3
  donabe boot mark-bad b`;
async function withBackend(context, purpose, verb) {
  const backend = await context.openBackend(purpose);
  try {
    return await verb(backend);
  } finally {
    await backend.close();
  }
}
function bootedOrReason(context) {
  return context.bootedSlot().then(
    (slot) => ({ slot }),
    (error) => ({ slot: void 0, reason: error instanceof Error ? error.message : String(error) })
  );
}
function statusTable(state, scrub, booted) {
  const slots = Object.entries(state.slots).map(([slot, facts]) => [
    slot,
    facts.bootable ? "yes" : "no",
    String(facts.triesRemaining),
    trialWord(facts),
    [state.active === slot ? "active" : "", booted.slot === slot ? "booted" : ""].filter(Boolean).join(", ")
  ]);
  const notes = [
    ...state.active === void 0 ? ["no slot can boot: activate or mark good one before switching off"] : [],
    ...booted.slot === void 0 ? [`booted slot unknown: ${booted.reason}`] : []
  ];
  const rows = columns([["slot", "bootable", "tries", "trial", ""], ...slots]);
  return [rows, scrubTable(scrub), ...notes].join("\n");
}
function scrubTable(report) {
  const rows = report.copies.map(({ copy, health, detail }) => [
    copy,
    health,
    [report.repaired.includes(copy) ? "repaired" : "", detail].filter(Boolean).join(": ")
  ]);
  return columns([["copy", "health", ""], ...rows]);
}
function statusJson(state, scrub, booted) {
  const bootedFields = booted.slot === void 0 ? { booted: null, reason: booted.reason } : { booted: booted.slot };
  return JSON.stringify({
    slots: state.slots,
    active: state.active ?? null,
    ...bootedFields,
    copies: scrub.copies
  });
}
function trialWord(facts) {
  if (facts.successful) return "successful";
  if (!facts.ranked) return "unbootable";
  return facts.triesRemaining > 0 ? "trial" : "last or no try";
}
function columns(rows) {
  const widths = (rows[0] ?? []).map((_, at) => Math.max(...rows.map((row) => (row[at] ?? "").length)));
  return rows.map((row) => row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join("  ")).map((line) => line.trimEnd()).join("\n");
}
function print(command, text) {
  command.configureOutput().writeOut?.(`${text}
`);
}
function slotArgument(value) {
  if (value === "a" || value === "b") return value;
  throw new InvalidArgumentError("A slot is a or b.");
}
function countArgument(value) {
  if (/^[1-9][0-9]?$/.test(value)) return Number(value);
  throw new InvalidArgumentError("A count of tries is a number from 1 to what the boot loader can hold.");
}

// cli/output.ts
function printResult(json, value, lines) {
  process.stdout.write(json ? `${JSON.stringify(value)}
` : lines.map((line) => `${line}
`).join(""));
}
function table(rows) {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map(
    (row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ").trimEnd()
  );
}
function megabytes(bytes) {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

// cli/boot-board.ts
var DoctorError = class extends Error {
  code = "DOCTOR_FAILED";
};
function withBoardVerbs(boot, context) {
  const print3 = (lines) => boot.configureOutput().writeOut?.(lines.map((line) => `${line}
`).join(""));
  boot.command("params").description("what the boot loader left in its parameter page: boot mode, flags, device tree").option("--json", "one JSON object").action(async (options) => {
    const { version, flags, bootMode, deviceTree } = await context.bootParams();
    const values = { version, flags: hex(flags), bootMode, deviceTree: hex(deviceTree) };
    const rows = Object.entries(values).map(([name, value]) => [name, String(value)]);
    print3(options.json ? [JSON.stringify(values)] : table([["field", "value"], ...rows]));
  });
  boot.command("doctor").description("check this device against the list of bootctl/INTEGRATION.md").option("--json", "one JSON object").action(async (options) => {
    const { examine } = await import("./boot-doctor-4DMAIPCK.mjs");
    const findings = await examine(await context.examination());
    const rows = findings.map(({ check, verdict, detail }) => [verdict, check, detail]);
    print3(options.json ? [JSON.stringify({ findings })] : table([["verdict", "check", ""], ...rows]));
    const failed = findings.filter(({ verdict }) => verdict === "fail").length;
    if (failed > 0) throw new DoctorError(`${failed} of ${findings.length} checks failed`);
  });
  return boot;
}
function hex(value) {
  return `0x${value.toString(16)}`;
}

// cli/boot-context.ts
var TRIAL_DEADLINE = "/usr/lib/donabe/trial-deadline.sh";
function bootContext(configPath2, closers2) {
  return {
    openBackend: async (purpose) => {
      const room = await agentRoom();
      const config = await room.loadConfig(configPath2());
      if (purpose === "write") {
        process.on("SIGUSR2", () => {
        });
        const lock = room.acquireLock(config.values["paths.run"], "boot");
        closers2.push(async () => lock.release());
      }
      return room.openBootControl(config, await bootedIfKnown(room, config));
    },
    bootedSlot: async () => {
      const room = await agentRoom();
      return room.bootedSlot(await room.loadConfig(configPath2()));
    },
    sealHolds: async (slot) => {
      const room = await agentRoom();
      const config = await room.loadConfig(configPath2());
      const vault = await room.openVault(config);
      try {
        const slots = room.openSlots(config, await room.bootedSlot(config));
        const verdict = await room.checkSeal({ vault, slots }, slot, new AbortController().signal);
        return { holds: verdict.holds, reason: verdict.holds ? "" : verdict.reason };
      } finally {
        await vault.close();
      }
    }
  };
}
function boardContext(configPath2, closers2) {
  return {
    bootParams: async () => {
      const room = await agentRoom();
      const { values } = await room.loadConfig(configPath2());
      const { readBootParams } = await import("./bootctl-7DGHZASG.mjs");
      if (values["boot-params.path"] === "") {
        throw new room.AgentError(
          "NOTHING_TO_DO",
          "No parameter page is configured; name it as boot-params.path."
        );
      }
      return readBootParams(values["boot-params.path"], values["boot-params.offset"]);
    },
    examination: async () => {
      const room = await agentRoom();
      const config = await room.loadConfig(configPath2());
      room.refuseWarnings(config);
      const backend = await room.openBootControl(config, await bootedIfKnown(room, config));
      closers2.push(() => backend.close());
      return {
        backend,
        bootedSlot: () => room.bootedSlot(config),
        counting: config.values["boot-control.counting"],
        cmdline: config.values["paths.cmdline"],
        bootControl: config.values["boot-control.path"],
        partitions: config.slots,
        mounts: "/proc/self/mounts",
        trialDeadline: TRIAL_DEADLINE
      };
    }
  };
}
async function bootedIfKnown(room, config) {
  try {
    return await room.bootedSlot(config);
  } catch (error) {
    if (error instanceof room.AgentError && error.code === "BOOTED_SLOT_UNKNOWN") return void 0;
    throw error;
  }
}

// cli/check.ts
function checkCommand(configPath2) {
  return new Command("check").description("ask the source for a release and judge it, without installing it").argument("[source]", "http(s) URL, folder or mount point; default: the configured server").option("--json", "one JSON object").addHelpText("after", "\nExamples:\n  donabe check\n  donabe check /media/usb/release --json").action(
    (source, options) => reading(configPath2(), async (context) => {
      const found = await judge(context, source);
      printResult(options.json === true, found, [found.sentence]);
    })
  );
}
async function judge({ room, config, device }, text) {
  const address = text ?? config.values["server.base-urls"][0];
  if (address === void 0) {
    throw new room.AgentError(
      "NOTHING_TO_DO",
      "No server is configured; name a source: donabe check SOURCE."
    );
  }
  const source = room.openSource(config, address);
  try {
    const answer = await source.offer(void 0, new AbortController().signal);
    if (answer.kind === "unchanged") throw new Error('a source answered "unchanged" to nobody');
    const release = await room.verify(device, answer.envelope, { forced: false, retried: false });
    const { version } = release.manifest;
    const { record } = await device.vault.read();
    const installed = record.seals[device.booted]?.identity === release.identity;
    const sentence = installed ? `Release ${version} is installed already.` : `Release ${version} is offered by ${source.name} (now ${device.release.version}; freshness ${release.freshness}).`;
    return {
      offered: !installed,
      installed,
      version,
      identity: release.identity,
      freshness: release.freshness,
      sentence
    };
  } finally {
    await source.close();
  }
}

// cli/exit.ts
var EXIT_CODES = {
  0: "done; also when there is nothing to do because the release is installed already",
  1: "failed: the reason stands on stderr as CODE: sentence",
  2: "wrong usage",
  75: "another walker holds the lock; try again later"
};
function reportError(error, json) {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  const { code, message, facts } = describe(error);
  process.stderr.write(
    json ? `${JSON.stringify({ error: code, message, facts })}
` : `${code}: ${message}
`
  );
  return code === "LOCKED" ? 75 : 1;
}
function describe(error) {
  if (!(error instanceof Error)) return { code: "INTERNAL", message: String(error), facts: {} };
  const code = "code" in error && typeof error.code === "string" ? error.code : "INTERNAL";
  const message = code === "INTERNAL" ? error.stack ?? error.message : error.message;
  return { code, message, facts: "facts" in error ? error.facts : {} };
}

// cli/progress.ts
var BAR_CELLS = 24;
var PLAIN_STEP_PERCENT = 10;
var DEFAULT_COLUMNS = 80;
var RETURN_AND_CLEAR = "\r\x1B[2K";
function progressBar(stream, label) {
  return stream.isTTY === true ? new TerminalBar(stream, label) : new PlainLines(stream, label);
}
var TerminalBar = class {
  #stream;
  #label;
  #drawn = "";
  constructor(stream, label) {
    this.#stream = stream;
    this.#label = label;
  }
  update(done, total, note = "") {
    const percent = percentOf(done, total);
    const filled = Math.floor(percent * BAR_CELLS / 100);
    const bar = "#".repeat(filled) + "-".repeat(BAR_CELLS - filled);
    const line = `${this.#label} [${bar}] ${String(percent).padStart(3)} % ${note}`.trimEnd();
    const fitting = line.slice(0, (this.#stream.columns ?? DEFAULT_COLUMNS) - 1);
    if (fitting === this.#drawn) return;
    this.#drawn = fitting;
    this.#stream.write(RETURN_AND_CLEAR + fitting);
  }
  end() {
    if (this.#drawn === "") return;
    this.#drawn = "";
    this.#stream.write("\n");
  }
};
var PlainLines = class {
  #stream;
  #label;
  #step = -1;
  #note;
  constructor(stream, label) {
    this.#stream = stream;
    this.#label = label;
  }
  update(done, total, note = "") {
    const percent = percentOf(done, total);
    const step = Math.floor(percent / PLAIN_STEP_PERCENT);
    if (step === this.#step && note === this.#note) return;
    this.#step = step;
    this.#note = note;
    this.#stream.write(`${this.#label} ${percent} % ${note}`.trimEnd().concat("\n"));
  }
  end() {
    this.#step = -1;
    this.#note = void 0;
  }
};
function percentOf(done, total) {
  if (total <= 0 || done >= total) return 100;
  return Math.max(0, Math.floor(done / total * 100));
}

// cli/request.ts
import { setTimeout } from "node:timers/promises";
var LOOK_MS = 50;
var WISHES = [
  {
    verb: "cancel",
    description: "end the update under way, also one that is active and not yet booted",
    example: "donabe cancel",
    obey: ({ room, device }) => room.obeyCancel(device)
  },
  {
    verb: "confirm",
    description: "end a trial by mark good, without the vendor's health checks",
    example: "donabe confirm --json",
    obey: ({ room, device, signal }) => room.obeyConfirm(device, signal)
  },
  {
    verb: "rollback",
    description: "go back to the other slot, if its seal holds; reboots when the cooker lets it",
    example: "donabe rollback",
    obey: ({ room, device, signal }) => room.obeyRollback(device, signal)
  }
];
function requestCommands(configPath2) {
  return WISHES.map(
    (wish) => new Command(wish.verb).description(wish.description).option("--json", "one JSON object").addHelpText("after", `
Example:
  ${wish.example}`).action(
      (options) => leaveRequest(
        configPath2(),
        wish.verb,
        bootedNow,
        options.json === true,
        (left) => walking(configPath2(), wish.verb, async (context) => {
          if (left !== void 0) context.device.store.answerRequest(left, "ok: done by the command");
          await unlessStopped(context, async () => {
            const answer = await wish.obey(context);
            printResult(options.json === true, { answer }, [answer]);
            if (wish.verb === "rollback") await context.room.enter(context.device, context.signal, true);
          });
        })
      )
    )
  );
}
function bootedNow({ room, config }) {
  return room.bootedSlot(config);
}
async function unlessStopped({ room, signal }, work) {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof room.Stopped) && !(signal.aborted && error === signal.reason)) throw error;
  }
}
async function leaveRequest(configPath2, verb, argument, json, work) {
  const room = await agentRoom();
  const config = await room.loadConfig(configPath2);
  let left;
  for (; ; ) {
    try {
      return await work(left);
    } catch (error) {
      if (!(error instanceof room.AgentError) || error.code !== "LOCKED") throw error;
    }
    const wish = await argument({ room, config });
    const store = room.openStore(room.storePath(config), { mayMigrate: false, maySetAside: false }).store;
    try {
      left ??= store.addRequest(verb, wish);
      const answer = await askHolder(room, config, store, left);
      if (answer !== void 0) return printAnswer(room, json, answer);
    } finally {
      store.dispose();
    }
  }
}
async function askHolder(room, config, store, left) {
  const asked = room.lockHolder(config.values["paths.run"])?.pid;
  if (asked === void 0 || !signalled(asked, "SIGUSR2")) return void 0;
  for (; ; ) {
    const answer = store.request(left)?.answer;
    if (answer !== void 0) return answer;
    if (room.lockHolder(config.values["paths.run"])?.pid !== asked || !signalled(asked, 0)) return void 0;
    await setTimeout(LOOK_MS);
  }
}
function signalled(pid, signal) {
  try {
    return process.kill(pid, signal);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ESRCH") return false;
    throw error;
  }
}
function printAnswer(room, json, answer) {
  const [, code = "", sentence = answer] = /^([A-Za-z_]+): (.*)$/s.exec(answer) ?? [];
  if (code === "ok") {
    printResult(json, { answer: sentence }, [sentence]);
    return;
  }
  throw new room.AgentError(code in room.ERROR_TABLE ? code : "NOTHING_TO_DO", sentence);
}

// cli/install.ts
function installCommand(configPath2) {
  return new Command("install").description("install a release and reboot into it when the cooker lets the board reboot").argument("<source>", "http(s) URL, folder or mount point").option("--force", "accept an older or expired release (root only; never an unsigned or a foreign one)").option("--retry", "try again what failed here before").option("--json", "one JSON object for each event").addHelpText(
    "after",
    `
Ctrl-C stops after the chunk at hand; the same command goes on from there.

Examples:
  donabe install https://updates.example/cooker/
  donabe install /media/usb/release --force`
  ).action(async (source, options) => {
    if (options.force) await requireRoot();
    const work = (left) => installHere(configPath2(), source, options, left);
    const verb = options.retry ? "force-retry" : "force";
    if (options.force) await leaveRequest(configPath2(), verb, () => source, options.json === true, work);
    else await work();
  });
}
async function requireRoot() {
  if (process.getuid?.() === 0) return;
  const { AgentError } = await agentRoom();
  throw new AgentError("ROOT_NEEDED", "install --force is for root on the device.");
}
async function installHere(configPath2, address, options, left) {
  await walking(configPath2, "install", async ({ room, config, device, signal }) => {
    if (left !== void 0) device.store.answerRequest(left, "ok: done by the command");
    const finish = showProgress(device.reporter, options.json === true);
    const source = room.openSource(config, address);
    try {
      await room.enter(device, signal, true);
      const how = { forced: options.force === true, retried: options.retry === true, consented: true };
      const outcome = await room.update(device, source, how, signal);
      finish();
      printResult(options.json === true, outcome, [sentenceOf(outcome)]);
    } catch (error) {
      if (!(error instanceof room.Stopped)) throw error;
      finish();
      const rebooting = device.reporter.last.phase === "rebooting";
      printResult(options.json === true, { kind: rebooting ? "rebooting" : "stopped" }, [
        rebooting ? "Rebooting into the new release." : "Stopped; the same command goes on from the last checkpoint."
      ]);
    } finally {
      finish();
      await source.close();
    }
  });
}
function showProgress(reporter, json) {
  if (json) {
    reporter.on("progressed", (event) => process.stdout.write(`${JSON.stringify(event)}
`));
    return () => {
    };
  }
  const bar = progressBar(process.stderr, "install");
  reporter.on("progressed", ({ progress, phase, reason, bytes }) => {
    const moved = `fetched ${megabytes(bytes.fetched)}, reused ${megabytes(bytes.reused)}`;
    bar.update(progress, 100, reason === void 0 ? `${phase} (${moved})` : `${phase}: ${reason}`);
  });
  return () => bar.end();
}
function sentenceOf(outcome) {
  switch (outcome.kind) {
    case "nothing-new":
      return "The source has nothing new.";
    case "already-installed":
      return `Release ${outcome.version} is installed already.`;
    case "awaits-next-boot":
      return `Release ${outcome.version} is active and runs from the next boot on.`;
    case "needs-consent":
      return `Release ${outcome.version} is ready and asks for a yes.`;
  }
}

// cli/mcu.ts
import { createInterface } from "node:readline";

// cli/mcu-inspect.ts
import { closeSync, createReadStream, openSync, statSync, writeSync } from "node:fs";
import { setTimeout as setTimeout2 } from "node:timers/promises";

// cli/mcu-line.ts
function withLineFlags(verb) {
  return verb.option("--baud <rate>", "baud rate instead of the configured one", whole).addOption(
    new Option("--parity <parity>", "parity instead of the configured one").choices([
      "none",
      "even",
      "odd"
    ])
  ).option("--crc <variant>", "CRC-16 variant instead of the configured one, for instance modbus").addOption(
    new Option("--byte-order <order>", "order of the CRC's bytes").choices(["high-first", "low-first"])
  ).option("--max-payload <bytes>", "most payload bytes of a frame", whole);
}
async function chosenLine(verb, context, path, flags) {
  const { BYTE_ORDERS, CRC_VARIANTS, FRAME_FORMAT, LEAST_MAX_PAYLOAD, MAX_PAYLOAD, SERIAL_DEFAULTS } = await import("./mcu-bridge-BZV77YYC.mjs");
  const line = path === void 0 ? await context.port() : { ...SERIAL_DEFAULTS, path };
  const format = line.format ?? FRAME_FORMAT;
  const crc = oneOf(verb, "--crc", flags.crc, Object.keys(CRC_VARIANTS));
  const maxPayload = flags.maxPayload ?? format.maxPayload;
  if (maxPayload < LEAST_MAX_PAYLOAD || maxPayload > MAX_PAYLOAD) {
    verb.error(`error: --max-payload is ${LEAST_MAX_PAYLOAD} to ${MAX_PAYLOAD}`);
  }
  return {
    path: line.path,
    baudRate: flags.baud ?? line.baudRate,
    parity: flags.parity ?? line.parity ?? SERIAL_DEFAULTS.parity,
    format: {
      crc: crc ?? format.crc,
      byteOrder: oneOf(verb, "--byte-order", flags.byteOrder, BYTE_ORDERS) ?? format.byteOrder,
      maxPayload
    }
  };
}
function whole(text) {
  if (!/^[0-9]{1,9}$/.test(text)) throw new InvalidArgumentError("it must be a whole number");
  return Number(text);
}
function positive(text) {
  const value = Number(text);
  if (!(value > 0 && value < 1e9)) throw new InvalidArgumentError("it must be a number above 0");
  return value;
}
function oneOf(verb, flag, text, values) {
  if (text === void 0) return void 0;
  return values.find((value) => value === text) ?? verb.error(`error: ${flag} is one of ${values.join(", ")}`);
}

// cli/mcu-trace.ts
var SHOWN_BYTES = 8;
var ARROWS = { board: "board > mcu", mcu: "board < mcu", line: "board ? mcu" };
function entryText(entry, hex2) {
  const head = `${(entry.atMs / 1e3).toFixed(6).padStart(13)}  ${ARROWS[entry.from]}  `;
  const bytes = entry.kind === "frame" ? entry.frame.payload : entry.bytes;
  const tail = hex2 && bytes.length > 0 ? `
${" ".repeat(15)}${digits(bytes)}` : "";
  return head + (entry.kind === "frame" ? frameText(entry) : discardText(entry)) + tail;
}
function entryJson(entry) {
  const { atMs } = entry;
  if (entry.kind === "discarded") {
    const { kind, from, reason, bytes } = entry;
    return JSON.stringify({ kind, atMs, from, reason, bytes: digits(bytes) });
  }
  const { frame, ...traced } = entry;
  const { command, payload } = frame;
  const plain = (_name, value) => value instanceof Uint8Array ? digits(value) : value;
  return JSON.stringify({ ...traced, crc: "ok", cmd: command, payload: digits(payload) }, plain);
}
function statisticsText(statistics) {
  const { frames, bytes, utilisation, discardedBytes, answers } = statistics;
  const wires = ["board", "mcu", "line"].filter((on) => bytes[on] > 0).map((on) => `${on} ${bytes[on]} (${(utilisation[on] * 100).toFixed(1)} %)`);
  const discarded = Object.entries(discardedBytes).map(([reason, count]) => `${reason} ${count}`);
  const ms = (value) => value.toFixed(1);
  return [
    "",
    `heard for        ${statistics.seconds.toFixed(3)} s`,
    `bytes            ${wires.join(", ") || "none"} (share of what the wire can carry)`,
    `frames           board ${frames.board}, mcu ${frames.mcu}`,
    `errors           refused ${statistics.refused}, malformed ${statistics.malformed}, unanswered ${statistics.unanswered}, stale ${statistics.stale}`,
    `repeated         ${statistics.repeated}`,
    `discarded bytes  ${discarded.join(", ")}`,
    `resyncs          ${statistics.resyncs}`,
    answers === void 0 ? "answer times     none" : `answer times     p50 ${ms(answers.p50)}, p90 ${ms(answers.p90)}, p99 ${ms(answers.p99)}, most ${ms(answers.most)} ms, of ${answers.count}`
  ].join("\n");
}
function frameText(entry) {
  const { answerMs, number } = entry;
  const marks = [
    ...entry.repeated ? ["again"] : [],
    ...entry.stale ? ["stale"] : [],
    ...answerMs === void 0 ? [] : [`after ${answerMs.toFixed(1)} ms`],
    ...entry.problem === void 0 ? [] : [`malformed (${entry.problem})`],
    "crc ok"
  ];
  const name = number === void 0 ? entry.name : `${entry.name} #${number}`;
  const fields = fieldsText(entry.fields ?? {}, "");
  return [`${entry.role} ${name}`, ...fields, `[${marks.join(", ")}]`].join(" ");
}
function discardText(entry) {
  return `discarded ${entry.bytes.length} ${entry.bytes.length === 1 ? "byte" : "bytes"}: ${entry.reason}`;
}
function fieldsText(fields, prefix) {
  return Object.entries(fields).flatMap(([name, value]) => {
    if (value === void 0) return [];
    if (value instanceof Uint8Array) return [`${prefix}${name}=${shortened(value)}`];
    if (typeof value === "object" && value !== null) return fieldsText({ ...value }, `${prefix}${name}.`);
    return [`${prefix}${name}=${String(value)}`];
  });
}
function shortened(bytes) {
  const shown = digits(bytes.subarray(0, SHOWN_BYTES));
  return bytes.length > SHOWN_BYTES ? `${shown}...(${bytes.length} bytes)` : shown;
}
function digits(bytes) {
  return Buffer.from(bytes).toString("hex");
}

// cli/mcu-inspect.ts
var LOOK_MS2 = 50;
var BITS_PER_BYTE = { none: 10, even: 11, odd: 11 };
function inspectCommand(context) {
  const verb = new Command("inspect").description("a decoded trace of what is said on a line, live or recorded, and figures at its end").argument("[source]", "serial port, or a file that --record made; without it the configured port").option("--board <port>", "second port, on the wire from board to MCU; the first then hears the MCU").option(
    "--ask <seconds>",
    "ask the MCU for its status so often, so that there is something to see",
    positive
  ).option("--seconds <seconds>", "end by itself; otherwise by Ctrl-C", positive).option("--record <file>", "keep what is heard in a new file, to be inspected later").option("--unnumbered", "the frames carry no numbers").option("--hex", "also the bytes").option("--json", "one JSON object per line, the figures last").addHelpText("after", EXAMPLES2).action((source, flags) => inspect(verb, context, source, flags));
  return withLineFlags(verb);
}
var EXAMPLES2 = `
Examples:
  donabe mcu inspect /dev/ttyS1 --ask 1 --seconds 10
  donabe mcu inspect /dev/ttyUSB0 --board /dev/ttyUSB1 --record kitchen.line
  donabe mcu inspect kitchen.line --hex`;
async function inspect(verb, context, source, flags) {
  const room = await import("./mcu-bridge-BZV77YYC.mjs");
  const print3 = (text) => verb.configureOutput().writeOut?.(`${text}
`);
  const show = (entries) => {
    for (const entry of entries) print3(flags.json ? entryJson(entry) : entryText(entry, flags.hex === true));
  };
  const finish = (inspector) => {
    show(inspector.end());
    const { statistics } = inspector;
    print3(flags.json ? JSON.stringify({ kind: "statistics", ...statistics }) : statisticsText(statistics));
  };
  if (source === void 0 || !isRecording(source)) {
    await inspectPort(room, await chosenLine(verb, context, source, flags), flags, show, finish);
    return;
  }
  if (flags.ask !== void 0 || flags.board !== void 0 || flags.record !== void 0) {
    verb.error("error: a recorded line cannot be asked, joined or recorded again");
  }
  finish(await inspectRecording(room, source, show));
}
function isRecording(source) {
  return statSync(source, { throwIfNoEntry: false })?.isFile() === true;
}
function inspectorOptions(line) {
  const { baudRate, format, numbered } = line;
  return { baudRate, format, numbered, bitsPerByte: BITS_PER_BYTE[line.parity] };
}
async function inspectRecording(room, path, show) {
  const reader = new room.RecordingReader();
  let inspector;
  try {
    for await (const text of createReadStream(path, "utf8")) {
      const pieces = reader.push(text);
      if (reader.line !== void 0) inspector ??= new room.Inspector(inspectorOptions(reader.line));
      for (const { on, bytes, atMs } of pieces) show(inspector?.hear(on, bytes, atMs) ?? []);
    }
  } catch (cause) {
    throw cause instanceof room.LinkError ? cause : recordingError(room, path, cause);
  }
  if (reader.end()) process.stderr.write("the recording ends inside a row, which was left out\n");
  return inspector ?? new room.Inspector();
}
async function inspectPort(room, line, flags, show, finish) {
  const settings = { ...line, numbered: flags.unnumbered !== true };
  const { baudRate, parity } = line;
  const inspector = new room.Inspector(inspectorOptions(settings));
  const ports = [];
  let recorder;
  let lost;
  try {
    ports.push(await room.openSerialPort(line.path, { baudRate, parity }));
    if (flags.board !== void 0) ports.push(await room.openSerialPort(flags.board, { baudRate, parity }));
    if (flags.record !== void 0) recorder = new Recorder(room, flags.record, settings);
    const started = performance.now();
    const now = () => performance.now() - started;
    lost = await listen(room, ports, settings, flags, {
      heard: (on, bytes) => {
        const atMs = now();
        recorder?.add(on, bytes, atMs);
        show(inspector.hear(on, bytes, atMs));
      },
      look: () => show(inspector.tick(now()))
    });
  } finally {
    for (const port of ports) await port.close();
    recorder?.close();
  }
  finish(inspector);
  if (lost !== void 0) throw lost;
}
async function listen(room, [first, board], line, flags, ears) {
  const stop = new AbortController();
  const end = () => stop.abort();
  process.once("SIGINT", end).once("SIGTERM", end);
  const timer = flags.seconds === void 0 ? void 0 : globalThis.setTimeout(end, flags.seconds * 1e3);
  const looking = setInterval(() => setImmediate(ears.look), LOOK_MS2);
  try {
    return await new Promise((resolve, reject) => {
      const ended = (cause) => resolve(portGone(room, cause));
      stop.signal.addEventListener("abort", () => resolve(void 0), { once: true });
      board?.onData((bytes) => ears.heard("board", bytes));
      board?.onClose(ended);
      if (first === void 0) return;
      if (flags.ask === void 0) {
        first.onData((bytes) => ears.heard(board === void 0 ? "line" : "mcu", bytes));
        first.onClose(ended);
      } else {
        const { numbered, format } = line;
        const link = new room.McuLink(tapped(first, ears.heard, ended), { numbered, format });
        askOften(room, link, flags.ask, stop.signal).catch(reject);
      }
    });
  } finally {
    stop.abort();
    process.off("SIGINT", end).off("SIGTERM", end);
    clearTimeout(timer);
    clearInterval(looking);
  }
}
function tapped(port, heard, ended) {
  return {
    write: (bytes) => {
      heard("board", bytes);
      return port.write(bytes);
    },
    onData: (listener) => port.onData((bytes) => {
      heard("mcu", bytes);
      listener(bytes);
    }),
    onClose: (listener) => port.onClose((cause) => {
      listener(cause);
      ended(cause);
    }),
    close: () => port.close()
  };
}
async function askOften(room, link, seconds, signal) {
  while (!signal.aborted) {
    try {
      await link.status(signal);
      await setTimeout2(seconds * 1e3, void 0, { signal });
    } catch (error) {
      if (!signal.aborted && !(error instanceof room.LinkError)) throw error;
      if (error instanceof room.LinkError && error.code === "MCU_PORT") return;
    }
  }
}
function portGone(room, cause) {
  return new room.LinkError("MCU_PORT", "The serial port went away while it was looked at; open it again", {
    cause
  });
}
function recordingError(room, path, cause) {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new room.LinkError("MCU_RECORDING", `The recording ${path} cannot be read or written: ${why}`, {
    facts: { path },
    cause
  });
}
var Recorder = class {
  #room;
  #path;
  #file;
  /** Error: MCU_RECORDING, also when the file exists: an earlier recording is not written over. */
  constructor(room, path, line) {
    this.#room = room;
    this.#path = path;
    try {
      this.#file = openSync(path, "wx");
    } catch (cause) {
      throw recordingError(room, path, cause);
    }
    this.#write(room.recordingHead(line));
  }
  add(on, bytes, atMs) {
    this.#write(this.#room.recordingRow({ on, bytes, atMs }));
  }
  close() {
    closeSync(this.#file);
  }
  #write(text) {
    try {
      writeSync(this.#file, text);
    } catch (cause) {
      throw recordingError(this.#room, this.#path, cause);
    }
  }
};

// cli/mcu.ts
var SimulatorMissingError = class extends Error {
  name = "SimulatorMissingError";
  code = "SIMULATOR_MISSING";
  constructor(cause) {
    super("The simulator is not in the package for devices; run it from the project on a build host", {
      cause
    });
  }
};
function mcuCommand(context) {
  const mcu = new Command("mcu").description("talk to the microcontroller").exitOverride().addHelpText("after", EXAMPLES3);
  linkVerb(mcu, "ping", "does the MCU answer, and how fast").option("--verbose", "also the CRC check value that both sides must agree on, and what the line lost").action(async (options) => {
    const { answer: ms, counters, format } = await withLink(mcu, context, options, (link) => link.ping());
    const { crcCheckValue } = await import("./mcu-bridge-BZV77YYC.mjs");
    const crc = crcCheckValue(format.crc).toString(16).toUpperCase().padStart(4, "0");
    const report = { milliseconds: Math.round(ms * 10) / 10, crcCheckValue: crc, line: counters };
    if (options.json) print2(mcu, JSON.stringify(report));
    else
      print2(mcu, [
        `answered after ${report.milliseconds} ms`,
        ...options.verbose ? lineTable(crc, counters) : []
      ]);
  });
  linkVerb(mcu, "status", "what the cooker does just now").action(async (options) => {
    const { answer } = await withLink(mcu, context, options, (link) => link.status());
    print2(mcu, options.json ? JSON.stringify(answer) : statusTable2(answer));
  });
  linkVerb(mcu, "version", "hardware, boot loader and firmware").action(async (options) => {
    const { answer } = await withLink(mcu, context, options, (link) => link.version());
    print2(mcu, options.json ? JSON.stringify(answer) : versionTable(answer));
  });
  mcu.addCommand(inspectCommand(context));
  mcu.command("simulate").description("a simulated MCU on a pseudo-terminal; driven by lines on stdin, ends with it").addOption(new Option("--mode <mode>", "what it starts with").choices(MODES).default("idle")).option("--minutes <minutes>", "minutes until that ends by itself", positive, 40).option("--minute-ms <ms>", "how long its minute lasts", positive, 6e4).option("--seed <number>", "where the faults of the line come from", whole, 1).option("--drop <chance>", "replies that are lost, 0 to 1", chance, 0).option("--flip <chance>", "replies with a wrong bit, 0 to 1", chance, 0).option("--json", "the first line as one JSON object").action((options) => simulate(mcu, options));
  return mcu;
}
var MODES = [
  "idle",
  "cooking",
  "keep-warm",
  "delayed-start",
  "fault",
  "boot-loader"
];
var EXAMPLES3 = `
Examples:
  donabe mcu ping --verbose
  donabe mcu status --port /dev/ttyS1 --json
  donabe mcu inspect /dev/ttyS1 --ask 1
  donabe mcu simulate --mode cooking --minutes 5 --minute-ms 1000`;
function linkVerb(mcu, name, description) {
  const verb = mcu.command(name).description(description).option("--port <path>", "serial port instead of the configured one").option("--json", "one JSON object");
  return withLineFlags(verb);
}
async function withLink(mcu, context, flags, question) {
  const { McuLink, openSerialPort } = await import("./mcu-bridge-BZV77YYC.mjs");
  const { path, baudRate, parity, format } = await chosenLine(mcu, context, flags.port, flags);
  const port = await openSerialPort(path, { baudRate, parity });
  const link = new McuLink(port, { format });
  try {
    return { answer: await question(link), counters: link.counters, format };
  } finally {
    await link.close();
  }
}
async function simulate(mcu, flags) {
  const fixtures = await importFixtures();
  const { mode, minutes, minuteMs, seed, drop, flip } = flags;
  const options = { mode, minutes, minuteMs, seed, faults: { drop, flip } };
  const simulator = await fixtures.startSimulator(options);
  print2(mcu, flags.json ? JSON.stringify({ path: simulator.path }) : simulator.path);
  const lines = createInterface({ input: process.stdin });
  const end = () => lines.close();
  process.once("SIGINT", end).once("SIGTERM", end);
  try {
    for await (const line of lines) {
      const answer = fixtures.obeyLine(simulator.mcu, line);
      if (answer.kind === "quit") break;
      print2(mcu, answer.text);
    }
  } finally {
    process.off("SIGINT", end).off("SIGTERM", end);
    lines.close();
    process.stdin.destroy();
    await simulator.stop();
  }
}
async function importFixtures() {
  try {
    return await import("../fixtures/index.ts");
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "ERR_MODULE_NOT_FOUND") {
      throw new SimulatorMissingError(cause);
    }
    throw cause;
  }
}
function statusTable2(status) {
  const { temperatures } = status;
  const name = status.modeName === "unknown" ? `unknown (${status.mode})` : status.modeName;
  const left = status.minutesLeft > 0 ? `, ${status.minutesLeft} min left` : "";
  const lid = status.lidOpen === void 0 ? "not known" : status.lidOpen ? "open" : "closed";
  return [
    `mode         ${name} (${status.class})${left}`,
    `programme    ${status.programme === 0 ? "none" : status.programme}`,
    `lid          ${lid}`,
    `heater       ${withUnit(status.heaterPercent, "%")}`,
    `bottom       ${withUnit(temperatures.bottom, "\xB0C")}`,
    `lid sensor   ${withUnit(temperatures.lid, "\xB0C")}`,
    `board        ${withUnit(temperatures.board, "\xB0C")}`,
    `supply       ${withUnit(status.supplyMillivolts, "mV")}`,
    `fault        ${status.faultCode === 0 ? "none" : status.faultCode}`,
    `running for  ${status.uptimeSeconds} s`
  ];
}
function versionTable(version) {
  const { protocol, hardware } = version;
  return [
    `answering    ${version.answering}`,
    `firmware     ${version.firmware ?? "none"}${version.firmwareDigest ? ` (${version.firmwareDigest})` : ""}`,
    `boot loader  ${version.bootLoader}`,
    `hardware     product ${hardware.product}, revision ${hardware.revision}`,
    `protocol     ${protocol.lowest} to ${protocol.highest}`,
    `capacity     ${version.capacity} bytes, pages of ${version.pageSize}`,
    `previous     ${version.keepsPrevious ? "stays startable" : "is overwritten"}`
  ];
}
function lineTable(crc, counters) {
  const discarded = Object.entries(counters.discardedBytes).map(([reason, bytes]) => `${reason} ${bytes}`);
  return [
    `CRC check value of 123456789: ${crc}`,
    `repeated ${counters.repeated}, stale ${counters.stale}, unexpected ${counters.unexpected}`,
    `discarded bytes: ${discarded.join(", ")}`
  ];
}
function withUnit(value, unit) {
  return value === void 0 ? "not known" : `${value} ${unit}`;
}
function chance(text) {
  const value = Number(text);
  if (text.trim() === "" || !(value >= 0 && value <= 1)) {
    throw new InvalidArgumentError("it must be a number from 0 to 1");
  }
  return value;
}
function print2(mcu, lines) {
  const text = typeof lines === "string" ? lines : lines.join("\n");
  mcu.configureOutput().writeOut?.(`${text}
`);
}

// cli/release.ts
var EXIT_FAILED = 1;
var SHORT_ID_DIGITS = 16;
var REQUIREMENTS = ["from", "agent", "bootLoader", "mcuProtocol", "dataSchema"];
var ReleaseRoomMissingError = class extends Error {
  name = "ReleaseRoomMissingError";
  code = "RELEASE_ROOM_MISSING";
  constructor(cause) {
    super("This package is the one for devices; make and check releases on a build host", { cause });
  }
};
function releaseCommand() {
  const release = new Command("release").description("make, sign and check releases (on the build host)").exitOverride();
  addKeygen(release);
  addBuild(release);
  addSign(release);
  addVerify(release);
  addInspect(release);
  return release;
}
function addKeygen(release) {
  release.command("keygen").description("make a signing key: NAME.key stays on the build host, NAME.pub goes into the system image").argument("<name>", "name of the key, for people").option("--out <folder>", "where the two files go", ".").option("--json", "print the result as JSON").addHelpText("after", "\nExample:\n  donabe release keygen vendor-2025 --out keys").action(
    (name, options) => run(options, async (room) => {
      const keys = await room.generateKeys(options.out, name);
      return {
        json: keys,
        ok: true,
        lines: [
          `key id   ${keys.keyId}`,
          `public   ${keys.publicKeyPath}`,
          `private  ${keys.privateKeyPath}`
        ]
      };
    })
  );
}
function addBuild(release) {
  release.command("build").description("cut images into packs and write a release directory").requiredOption("--out <folder>", "the release directory").requiredOption("--image <class=path>", "an image for a slot class; once for each class", imageFlag).requiredOption("--compatible <product/board>", "which devices it is for").requiredOption("--release-version <semver>", "its version").requiredOption("--sequence <n>", "strictly rising number of the release", wholeFlag).option("--security-version <n>", "rises when older releases must not come back (default: 0)", wholeFlag).option("--channel <name>", '(default: "stable")').addOption(
    new Option("--severity <how>", '(default: "normal")').choices(["critical", "security", "normal"])
  ).option("--fix <id>", "what it repairs, such as a CVE number; may be repeated", collect, []).option("--created <time>", "ISO 8601 in UTC (default: SOURCE_DATE_EPOCH, else now)").option("--expires <time>", "ISO 8601 in UTC").option("--requires <name=range>", "what a device must have, such as from=>=1.2.0", requirementFlag, []).option("--mcu-firmware <version=path>", "the MCU firmware that the system image carries", firmwareFlag).addOption(new Option("--apply <when>", '(default: "now")').choices(["now", "next-boot", "ask"])).option("--notes <text>", "what people should know").option("--chunk-size <bytes>", "a power of two from 65536 to 4194304 (default: 1048576)", wholeFlag).addOption(
    new Option("--quality <how>", 'compression (default: "default")').choices([
      "fast",
      "default",
      "release"
    ])
  ).option("--previous <folder>", "an earlier release whose frames are reused").option("--key <file>", "sign with this private key; may be repeated", collect, []).option("--json", "print the result as JSON").addHelpText(
    "after",
    "\nExample:\n  donabe release build --out public --image rootfs=rootfs.ext4 --image boot=boot.img \\\n    --compatible rice-cooker/rc1 --release-version 1.4.0 --sequence 14 --key keys/vendor-2025.key"
  ).action(
    (flags) => run(flags, async (room) => {
      const keys = await Promise.all(flags.key.map(room.readPrivateKey));
      const bar = progressBar(process.stderr, "pack");
      try {
        const built = await room.buildRelease(
          { ...buildOptions(flags), keys },
          ({ done, total, note }) => bar.update(done, total, note)
        );
        return { json: built, ok: true, lines: linesOfBuild(built) };
      } finally {
        bar.end();
      }
    })
  );
}
function addSign(release) {
  release.command("sign").description("sign the manifest of a release directory, or add signatures").argument("<folder>", "the release directory").requiredOption("--key <file>", "private key; may be repeated", collect).option("--json", "print the result as JSON").addHelpText("after", "\nExample:\n  donabe release sign public --key keys/vendor-2025.key").action(
    (folder, options) => run(options, async (room) => {
      const signed = await room.signRelease(
        folder,
        await Promise.all(options.key.map(room.readPrivateKey))
      );
      const lines = [`signed ${signed.version} (release identity ${short(signed.identity)})`];
      return {
        json: signed,
        ok: true,
        lines: [...lines, ...signed.keyIds.map((id) => `  key ${short(id)}`)]
      };
    })
  );
}
function addVerify(release) {
  release.command("verify").description("check signatures and every byte of a release directory as a device would").argument("<folder>", "the release directory").requiredOption("--keys <path>", "public key, or a folder of them; may be repeated", collect).option("--threshold <n>", "how many of the keys must have signed", wholeFlag, 1).option("--json", "print the result as JSON").addHelpText("after", "\nExample:\n  donabe release verify public --keys keys/vendor-2025.pub").action(
    (folder, options) => run(options, async (room) => {
      const ring = await room.readKeyRing(options.keys);
      const bar = progressBar(process.stderr, "verify");
      try {
        const verified = await room.verifyRelease(
          folder,
          ring,
          options.threshold,
          ({ done, total, note }) => bar.update(done, total, note)
        );
        return { json: verified, ok: verified.ok, lines: linesOfVerify(verified) };
      } finally {
        bar.end();
      }
    })
  );
}
function addInspect(release) {
  release.command("inspect").description("show what a release directory says about itself; checks no signature").argument("<folder>", "the release directory").option("--json", "print the result as JSON").addHelpText("after", "\nExample:\n  donabe release inspect public --json").action(
    (folder, options) => run(options, async (room) => {
      const inspected = await room.inspectRelease(folder);
      return { json: inspected, ok: true, lines: linesOfInspect(inspected) };
    })
  );
}
async function run(options, verb) {
  const outcome = await verb(await releaseRoom());
  printResult(options.json === true, outcome.json, outcome.lines);
  if (!outcome.ok) process.exitCode = EXIT_FAILED;
}
async function releaseRoom() {
  try {
    return await import("../release/index.ts");
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "ERR_MODULE_NOT_FOUND") {
      throw new ReleaseRoomMissingError(cause);
    }
    throw cause;
  }
}
function buildOptions(flags) {
  const { out, image, releaseVersion, fix, requires, json: _json, key: _key, created, ...rest } = flags;
  return {
    ...rest,
    folder: out,
    images: image,
    version: releaseVersion,
    created: created ?? buildTime(),
    fixes: fix,
    requires: Object.fromEntries(requires)
  };
}
function buildTime() {
  const epoch = process.env["SOURCE_DATE_EPOCH"];
  const time = epoch === void 0 ? /* @__PURE__ */ new Date() : new Date(Number(epoch) * 1e3);
  if (Number.isNaN(time.getTime())) throw new Error(`SOURCE_DATE_EPOCH is not a number of seconds: ${epoch}`);
  return `${time.toISOString().slice(0, 19)}Z`;
}
function linesOfBuild(built) {
  const images = built.images.map(({ image, chunks, reusedFrames, codecs }) => {
    const frames = `${chunks} frames (${codecs.zero} zero, ${codecs.raw} raw, ${codecs.brotli} brotli`;
    return `  ${image.class}: ${mib(image.size)} in ${mib(image.pack.size)}, ${frames}, ${reusedFrames} reused)`;
  });
  const signed = built.keyIds.length === 0 ? "not signed yet" : `signed by ${built.keyIds.map(short).join(", ")}`;
  return [
    `release ${built.manifest.version} in ${built.folder}, ${signed}`,
    `  release identity ${built.identity}`,
    ...images
  ];
}
function linesOfVerify(verified) {
  const findings = verified.findings.map(({ code, file, message }) => `  ${code} ${file}: ${message}`);
  if (!verified.ok) return [`release refused: ${findings.length} findings`, ...findings];
  return [
    `release ${verified.manifest?.version ?? ""} is good: ${verified.frames} frames, every byte checked`,
    `  release identity ${verified.identity ?? ""}`,
    ...verified.keyIds.map((id) => `  signed by ${short(id)}`)
  ];
}
function linesOfInspect({ manifest, images, identity, claimedKeyIds, signed }) {
  const claims = signed ? `claims keys ${claimedKeyIds.map(short).join(", ")} (not checked)` : "not signed";
  return [
    `release ${manifest.version} for ${manifest.compatible}, ${claims}`,
    `  release identity ${identity}`,
    `  sequence ${manifest.sequence}, security version ${manifest.securityVersion}, channel ${manifest.channel}`,
    `  created ${manifest.created}, expires ${manifest.expires ?? "never"}, apply ${manifest.apply}`,
    ...Object.entries(manifest.requires).map(([name, range]) => `  requires ${name} ${range}`),
    ...images.map(
      (image) => `  ${image.class}: ${mib(image.size)} in ${mib(image.packSize)}, ${image.chunks} chunks of ${mib(image.chunkSize)} (${image.codecs.zero} zero, ${image.codecs.raw} raw, ${image.codecs.brotli} brotli)`
    ),
    ...manifest.mcuFirmware === void 0 ? [] : [`  MCU firmware ${manifest.mcuFirmware.version}`]
  ];
}
function collect(value, earlier = []) {
  return [...earlier, value];
}
function imageFlag(value, earlier = []) {
  const [slotClass, path] = pair(value, "class=path");
  return [...earlier, { class: slotClass, path }];
}
function requirementFlag(value, earlier) {
  const [name, range] = pair(value, "name=range");
  if (!REQUIREMENTS.includes(name)) throw new InvalidArgumentError(`known names: ${REQUIREMENTS.join(", ")}`);
  return [...earlier, [name, range]];
}
function firmwareFlag(value) {
  const [version, path] = pair(value, "version=path");
  return { version, path };
}
function pair(value, form) {
  const at = value.indexOf("=");
  if (at < 1 || at === value.length - 1) throw new InvalidArgumentError(`it must look like ${form}`);
  return [value.slice(0, at), value.slice(at + 1)];
}
function wholeFlag(value) {
  if (!/^\d{1,15}$/.test(value)) throw new InvalidArgumentError("it must be a whole number");
  return Number(value);
}
function short(id) {
  return id.slice(0, SHORT_ID_DIGITS);
}
function mib(bytes) {
  return `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
}

// cli/status.ts
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
var SHOWN = 5;
function statusCommand(configPath2) {
  return new Command("status").description("slots, release, what the agent does and why it waits, the last deployments").option("--json", "one JSON object").addHelpText("after", "\nExamples:\n  donabe status\n  donabe status --json | jq .event.phase").action(
    (options) => reading(configPath2(), async (context) => {
      const status = await collect2(context);
      printResult(options.json === true, status, linesOf(status));
    })
  );
}
async function collect2({ room, config, device }) {
  const boot = await device.bootControl.read();
  const { record } = await device.vault.read();
  const run2 = config.values["paths.run"];
  const row = device.store.deployment();
  const slotStatus = (slot) => ({
    slot,
    version: slot === device.booted ? device.release.version : record.seals[slot]?.version ?? "",
    booted: slot === device.booted,
    active: boot.active === slot,
    bootable: boot.slots[slot].bootable,
    good: room.isGood(slot, boot, record),
    tries: boot.slots[slot].triesRemaining
  });
  return {
    device: device.id,
    version: device.release.version,
    slots: [slotStatus("a"), slotStatus("b")],
    walker: room.lockHolder(run2),
    event: readEvent(join(run2, room.STATUS_FILE)),
    deployment: row === void 0 ? void 0 : withoutEnvelope(row),
    history: device.store.history(SHOWN),
    refused: device.store.allFailures().flatMap((counts) => {
      const reason = room.refusalOf(counts);
      return reason === void 0 ? [] : [{ version: counts.version, identity: counts.identity, reason }];
    })
  };
}
function withoutEnvelope({ envelope: _envelope, ...row }) {
  return row;
}
function readEvent(path) {
  return existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : void 0;
}
function linesOf(status) {
  const { event, deployment } = status;
  const doing = event === void 0 ? "no agent has run in this boot" : `${event.phase}, ${event.progress} %${event.reason === void 0 ? "" : `: ${event.reason}`}`;
  return [
    `device ${status.device} runs ${status.version}`,
    ...table([
      ["slot", "version", "booted", "active", "bootable", "good", "tries"],
      ...status.slots.map(({ slot, version, booted, active, bootable, good, tries }) => [
        slot,
        version || "-",
        ...[booted, active, bootable, good].map((fact) => fact ? "yes" : "no"),
        String(tries)
      ])
    ]),
    `agent: ${doing}`,
    ...deployment === void 0 ? [] : [
      `deployment ${deployment.id}: ${deployment.version} into slot ${deployment.slot}, ${deployment.state}, fetched ${megabytes(deployment.bytes.fetched)}`
    ],
    ...status.history.map(
      (past) => `${new Date(past.closedAt).toISOString()} ${past.version} ${past.outcome} ${past.code} ${past.reason}`.trimEnd()
    ),
    ...status.refused.map(({ version, reason }) => `refused: ${version}, because ${reason}`)
  ];
}

// cli/verify.ts
function verifyCommand(configPath2) {
  return new Command("verify").description(
    "hash a slot and compare it with its seal; without SLOT both (exit 1 when one that is given differs)"
  ).argument("[slot]", "a or b", slotArgument2).option("--json", "one JSON object").addHelpText("after", "\nExamples:\n  donabe verify\n  donabe verify b --json").action(
    (slot, options) => reading(configPath2(), async (context) => {
      const slots = slot === void 0 ? ["a", "b"] : [slot];
      const verdicts = [];
      for (const name of slots) verdicts.push(await verdictOf(context, name));
      printResult(
        options.json === true,
        { slots: verdicts },
        verdicts.map(
          ({ slot: name, holds, detail }) => `slot ${name}: ${holds ? "holds" : "DOES NOT HOLD"} (${detail})`
        )
      );
      const wanted = slot ?? context.device.booted;
      if (verdicts.some((verdict) => verdict.slot === wanted && !verdict.holds)) process.exitCode = 1;
    })
  );
}
async function verdictOf({ room, device }, slot) {
  const verdict = await room.checkSeal(device, slot, new AbortController().signal);
  return verdict.holds ? { slot, holds: true, detail: `release ${verdict.seal.version}` } : { slot, holds: false, detail: verdict.reason };
}
function slotArgument2(text) {
  if (text === "a" || text === "b") return text;
  throw new InvalidArgumentError("a slot is a or b");
}

// cli/main.ts
var program2 = new Command("donabe").description("over-the-air updates for appliances with two system slots and a microcontroller").version(packageVersion()).option("--config <file>", "configuration", DEFAULT_CONFIG).exitOverride().addHelpText(
  "after",
  `
Exit codes:
${Object.entries(EXIT_CODES).map(([code, meaning]) => `  ${code.padEnd(3)} ${meaning}`).join("\n")}`
);
var configPath = () => program2.opts().config;
var closers = [];
var verbs = [
  agentCommand(configPath),
  statusCommand(configPath),
  checkCommand(configPath),
  installCommand(configPath),
  verifyCommand(configPath),
  ...requestCommands(configPath),
  withBoardVerbs(bootCommand(bootContext(configPath, closers)), boardContext(configPath, closers)),
  mcuCommand({ port: configuredLine }),
  releaseCommand()
];
for (const verb of verbs) program2.addCommand(throwing(verb));
try {
  await program2.parseAsync();
} catch (error) {
  process.exitCode = reportError(error, process.argv.includes("--json"));
} finally {
  for (const close of closers) await close();
}
function throwing(command) {
  for (const sub of command.commands) throwing(sub);
  return command.exitOverride();
}
async function configuredLine() {
  const room = await agentRoom();
  const line = room.configuredMcuLine((await room.loadConfig(configPath())).values);
  if (line === void 0) {
    throw new room.AgentError("NOTHING_TO_DO", "No MCU port is configured; name one on the command line.");
  }
  return line;
}
function packageVersion() {
  const text = readFileSync2(new URL("../../package.json", import.meta.url), "utf8");
  return JSON.parse(text).version;
}
