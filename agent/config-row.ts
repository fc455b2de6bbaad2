/** One row of the configuration's tables: what a key may hold, its default, and why it is there. */

export interface TextRow {
  readonly type: 'text';
  /** Undefined: the key must be given. */
  readonly default: string | undefined;
  readonly why: string;
}
export interface NumberRow {
  readonly type: 'integer';
  readonly default: number;
  readonly min: number;
  readonly max: number;
  readonly unit: string;
  readonly why: string;
}
export interface ListRow {
  readonly type: 'list';
  readonly default: readonly string[] | undefined;
  readonly least: number;
  readonly most: number;
  readonly why: string;
}
export interface ChoiceRow {
  readonly type: 'choice';
  readonly default: string;
  readonly values: readonly string[];
  readonly why: string;
}
export interface BooleanRow {
  readonly type: 'boolean';
  readonly default: boolean;
  readonly why: string;
}
export type ConfigRow = TextRow | NumberRow | ListRow | ChoiceRow | BooleanRow;
