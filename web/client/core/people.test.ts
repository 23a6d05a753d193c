import { expect, test } from "vitest";
import { companies, countAt, initials, observers, others } from "./people";
import { initial, reduce } from "./state";
import { roster, person as whole } from "./testing";
import type { Participant, Place } from "./wire";

const person = (number: number, place: Place, role = "party", link = ""): Participant => whole(number, place, { role, link });

test("the stage shows the others, hosts first", () => {
  const people = [person(4, "reconnecting"), person(2, "in_hearing"), person(5, "waiting"), person(3, "in_hearing", "panel"), person(9, "in_hearing", "host"), person(1, "expected")];
  expect(others(people, 2).map((one) => one.number)).toEqual([9, 3, 4]);
});

test("observers stand in nobody's place: they are counted, named or not, without me and without who is away", () => {
  const people = [person(2, "in_hearing", "observer"), person(3, "in_hearing", "observer"), person(4, "reconnecting", "observer"), person(5, "expected", "observer"), person(6, "in_hearing")];
  const state = reduce(initial(2, false, "observer"), { type: "server", message: roster(people, { observers: 2 }) });
  expect([others(people, 2).map((one) => one.number), observers(state)]).toEqual([[6], 3]);
});

test("linked people are one company, listed where somebody waits", () => {
  const people = [
    person(1, "in_hearing", "host"),
    person(2, "expected", "interpreter", "a"),
    person(3, "waiting", "party", "a"),
    person(4, "waiting"),
    person(5, "expected"),
    person(6, "reconnecting", "party", "b"),
    person(7, "expected", "party", "b"),
  ];
  const numbers = (list: { members: Participant[] }[]) => list.map((company) => company.members.map((one) => one.number));
  const got = companies(people);
  expect([countAt(people, "waiting"), countAt(people, "inside"), countAt(people, "expected")]).toEqual([2, 2, 3]);
  expect([numbers(got.waiting), numbers(got.inside), numbers(got.expected)]).toEqual([[[2, 3], [4]], [[1], [6, 7]], [[5]]]);
});

test.each([
  ["Amina El Fassi", "AF"],
  ["Mme Amina El Fassi", "AF"],
  ["Karim", "K"],
  ["يوسف بناني", "ي"],
  ["ذة. أمينة الفاسي", "أ"],
  ["", ""],
])("initials of %j", (name, want) => expect(initials(name)).toBe(want));
