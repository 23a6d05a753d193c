import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { companies, type Companies, type Company, countAt } from "../core/people";
import { may } from "../core/rights";
import type { State } from "../core/state";
import type { Participant } from "../core/wire";
import { useRoom } from "./context";
import { Icon } from "./icons";
import type { Part } from "./later";
import { arrivalChime, playTones } from "./sound";

interface PeopleProps {
  state: State;
  bench: Part<"bench">;
  /** The list was opened by a press just now. */
  focus: boolean;
  onPerson(one: Participant): void;
  onClose(): void;
}

/** People lists who is in; hosts and clerks also see who waits, who asks to speak, who talks in private and who is expected. */
export function People({ state, bench, focus, onPerson, onClose }: PeopleProps): JSX.Element {
  const { t } = useRoom();
  const { waiting, inside, consulting, expected } = companies(state.people);
  const doors = may(state.role, "admit");
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (focus) heading.current?.focus();
  }, [focus]);
  const props = { state, onPerson };
  return (
    <aside class="people" aria-labelledby="people-title" data-testid="people-panel">
      <header>
        <h3 id="people-title" tabIndex={-1} ref={heading}>
          {t("room.people")}
        </h3>
        <button type="button" class="plain" onClick={onClose} aria-label={t("room.close")}>
          <Icon name="close" />
        </button>
      </header>
      <div class="people-lists">
        {bench && state.phase === "hearing" && <bench.Hands state={state} />}
        {doors && (
          <Group group="waiting" companies={waiting} none="room.people.nobody" {...props}>
            {bench && <bench.Waiting state={state} />}
          </Group>
        )}
        <Group group="inside" companies={inside} {...props} />
        {state.order.observers > 0 && <p class="linked">{t("room.observers", { n: state.order.observers })}</p>}
        {consulting.length > 0 && (
          <Group group="consulting" companies={consulting} {...props}>
            {bench && state.room === "" && <bench.Doors state={state} />}
          </Group>
        )}
        {doors && expected.length > 0 && <Group group="expected" companies={expected} {...props} />}
      </div>
      {bench && state.phase === "hearing" && <bench.Room state={state} />}
    </aside>
  );
}

interface GroupProps {
  group: keyof Companies;
  companies: Company[];
  state: State;
  onPerson(one: Participant): void;
  none?: string;
  children?: JSX.Element | null | false;
}

function Group({ group, companies: list, state, onPerson, none, children }: GroupProps): JSX.Element | null {
  const { t } = useRoom();
  const title = t(`room.people.${group}`);
  if (list.length === 0 && !none) return null;
  return (
    <section class="people-group" data-group={group} aria-label={title}>
      <h4>
        {title} <span class="number">{countAt(state.people, group)}</span>
      </h4>
      {list.length === 0 && none && <p class="nobody">{t(none)}</p>}
      <ul>
        {list.map((company) => (
          <CompanyItem key={company.key} company={company} state={state} onPerson={onPerson} />
        ))}
      </ul>
      {children}
    </section>
  );
}

function CompanyItem({ company, state, onPerson }: { company: Company; state: State; onPerson(one: Participant): void }): JSX.Element {
  const { room, t } = useRoom();
  // Whom the hearing wants while they talk in private hears a knock, and comes in on return.
  const waits = company.members.find((one) => one.place === "waiting" || (one.place === "in_consultation" && one.room !== state.room));
  const names = company.members.map((one) => one.name).join(", ");
  const linked = company.members.length > 1;
  const doors = may(state.role, "admit");
  return (
    <li class="company" data-linked={linked}>
      <ul>
        {company.members.map((one) => (
          <Person key={one.number} one={one} state={state} onPerson={onPerson} />
        ))}
      </ul>
      {linked && doors && <p class="linked">{t("room.people.linked")}</p>}
      {doors && waits && (
        <div class="actions">
          <button type="button" class="button" data-testid="admit" aria-label={t(linked ? "room.admit.together.name" : "room.admit.name", { name: names })} onClick={() => room.admit(waits.number)}>
            {t(linked ? "room.admit.together" : "room.admit")}
          </button>
        </div>
      )}
    </li>
  );
}

const present = new Set(["in_hearing", "in_consultation", "reconnecting", "waiting"]);

function Person({ one, state, onPerson }: { one: Participant; state: State; onPerson(one: Participant): void }): JSX.Element {
  const { t } = useRoom();
  const me = one.number === state.number;
  const inside = one.place === "in_hearing" || (one.place === "in_consultation" && one.room === state.room);
  const word = inside && !me ? state.quality.get(one.number) : undefined; // one's own is in the head
  return (
    <li class="person" data-number={one.number} data-place={one.place}>
      <span class="person-words">
        <bdi class="name">{one.name}</bdi>
        {me && ` (${t("room.you")})`}{" "}
        <span class="role">{t(`room.role.${one.role}`)}</span>
        <span class="pills">
          {word && (
            <span class="quality" data-testid="quality" data-word={word}>
              {t(`room.quality.${word}`)}
            </span>
          )}
          {one.help && <span class="pill">{t("room.help.asked")}</span>}
          {one.hand > 0 && <span class="pill">{t("room.tile.hand", { place: one.hand })}</span>}
          {one.place === "reconnecting" && <span class="pill">{t("room.tile.reconnecting")}</span>}
          {one.place === "calling" && <span class="pill">{t("room.consult.rings")}</span>}
          {one.place === "expected" && <span class="pill faint">{t("room.people.away")}</span>}
          {one.place === "gone" && <span class="pill faint">{t("room.people.gone")}</span>}
        </span>
      </span>
      {inside && (
        <span class={one.microphone ? "sound" : "sound off"}>
          <Icon name="microphone" off={!one.microphone} />
          <span class="unseen">{t(one.muted === "locked" ? "room.tile.closed" : one.microphone ? "room.tile.unmuted" : "room.tile.muted")}</span>
        </span>
      )}
      {!me && present.has(one.place) && (inside || may(state.role, "admit")) && (
        <button type="button" class="plain" data-testid="person" aria-haspopup="dialog" aria-label={t("room.person", { name: one.name })} onClick={() => onPerson(one)}>
          <Icon name="more" />
        </button>
      )}
    </li>
  );
}

/** Arrival tells a host by sound and sight that somebody came to wait, with the one press that lets them in. */
export function Arrival({ state, onOpen }: { state: State; onOpen(): void }): JSX.Element | null {
  const { room, t } = useRoom();
  const announced = useRef(0);
  useEffect(() => {
    if (state.arrivals > announced.current) void playTones(arrivalChime, state.speaker);
    announced.current = state.arrivals;
  }, [state.arrivals, state.speaker]);
  if (!may(state.role, "admit") || state.phase !== "hearing") return null;
  const waiting = companies(state.people).waiting;
  const first = waiting[0];
  const who = first?.members.find((one) => one.place === "waiting");
  const further = countAt(waiting.slice(1).flatMap((company) => company.members), "waiting");
  return (
    <div class="arrival" role="status" data-shown={waiting.length > 0}>
      {first && who && (
        <>
          <button type="button" class="arrival-words" onClick={onOpen}>
            <span class="name">{first.members.filter((one) => one.place === "waiting").map((one, i) => [i > 0 && " + ", <bdi key={one.number}>{one.name}</bdi>])}</span>
            <span class="role">{further > 0 ? t("room.arrival.more", { n: further }) : t("room.people.waiting")}</span>
          </button>
          <button type="button" class="button" data-testid="arrival-admit" onClick={() => room.admit(who.number)}>
            {t("room.admit")}
          </button>
        </>
      )}
    </div>
  );
}
