/** The byte budget: what one release may cost on the line. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { AgentError } from '../../agent/errors.ts';
import { budgetLeft, byteBudget, releaseBudget, requireBudget } from '../../agent/model/budget.ts';

const MIB = 1024 * 1024;

it('is 1.2 times the smallest complete way plus 5 MiB', () => {
  expect(byteBudget(0)).toBe(5 * MIB);
  expect(byteBudget(100 * MIB)).toBe(125 * MIB);
  expect(byteBudget(1)).toBe(5 * MIB + 2);
});

it('refuses exactly what would exceed it', () => {
  fc.assert(
    fc.property(fc.nat(), fc.nat(), fc.nat(), (budget, spent, wanted) => {
      const ask = (): void => requireBudget(budget, spent, wanted);
      if (spent + wanted <= budget) return ask();
      expect(ask).toThrowError(expect.objectContaining({ code: 'BYTE_BUDGET_SPENT', name: AgentError.name }));
    }),
  );
});

it('may be spent to the last byte', () => {
  requireBudget(10, 4, 6);
  requireBudget(10, 10, 0);
  expect(() => requireBudget(10, 4, 7)).toThrowError(AgentError);
  expect(() => requireBudget(10, 11, 0)).toThrowError(AgentError);
});

it('has nothing left below zero', () => {
  expect(budgetLeft(10, 3)).toBe(7);
  expect(budgetLeft(3, 10)).toBe(0);
});

it('a configured budget counts; else the smallest way on a metered line and the largest on another', () => {
  const ways = { smallestWay: 100 * MIB, largestWay: 500 * MIB };
  expect(releaseBudget({ byteBudget: 7, metered: false }, ways)).toBe(7);
  expect(releaseBudget({ byteBudget: undefined, metered: true }, ways)).toBe(125 * MIB);
  expect(releaseBudget({ byteBudget: undefined, metered: false }, ways)).toBe(605 * MIB);
});
