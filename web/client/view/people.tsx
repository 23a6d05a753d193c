import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { companies, type Companies, type Company, countAt } from "../core/people";
import type { State } from "../core/state";
import type { Participant, Word } from "../core/wire";
import { useRoom } from "./context";
import { Dialog } from "./dialog";
import { Icon } from "./icons";
import { arrivalChime, playTones } from "./sound";

/** People lists who is in; a host also sees who waits and who is expected, and admits, removes and ends here. */
export function People({ state, onClose }: { state: State; onClose(): void }): JSX.Element {
  const { t } = useRoom();
  const { waiting, inside, expected } = companies(state.people);
  const [removing, setRemoving] = useState<Company | null>(null);
  const [ending, setEnding] = useState(false);
  return (
    <aside class="people" aria-labelledby="people-title" data-testid="people-panel">
      <header>
        <h3 id="people-title">{t("room.people")}</h3>
        <button type="button" class="plain" onClick={onClose} aria-label={t("room.close")}>
          <Icon name="close" />
        </button>
      </header>
      <div class="people-lists">
        {state.host && <Group group="waiting" companies={waiting} state={state} onRemove={setRemoving} none="room.people.nobody" />}
        <Group group="inside" companies={inside} state={state} onRemove={setRemoving} />
        {state.host && expected.length > 0 && <Group group="expected" companies={expected} state={state} onRemove={setRemoving} />}
      </div>
      {state.host && (
        <footer>
          <button type="button" class="button quiet end" data-testid="end" onClick={() => setEnding(true)}>
            {t("room.end")}
          </button>
        </footer>
      )}
      {removing && <Removal company={removing} onClose={() => setRemoving(null)} />}
      {ending && <Ending onClose={() => setEnding(false)} />}
    </aside>
  );
}

interface GroupProps {
  group: keyof Companies;
  companies: Company[];
  state: State;
  onRemove(company: Company): void;
  none?: string;
}

function Group({ group, companies: list, state, onRemove, none }: GroupProps): JSX.Element {
  const { t } = useRoom();
  const title = t(`room.people.${group}`);
  return (
    <section class="people-group" aria-label={title}>
      <h4>
        {title} <span class="number">{countAt(state.people, group)}</span>
      </h4>
      {list.length === 0 && none && <p class="nobody">{t(none)}</p>}
      <ul>
        {list.map((company) => (
          <CompanyItem key={company.key} company={company} state={state} onRemove={onRemove} />
        ))}
      </ul>
    </section>
  );
}

function CompanyItem({ company, state, onRemove }: { company: Company; state: State; onRemove(company: Company): void }): JSX.Element {
  const { room, t } = useRoom();
  const waits = company.members.find((one) => one.place === "waiting");
  const inside = company.members.some((one) => one.place === "in_hearing" || one.place === "reconnecting");
  const mine = company.members.some((one) => one.number === state.number);
  const names = company.members.map((one) => one.name).join(", ");
  const linked = company.members.length > 1;
  return (
    <li class="company" data-linked={linked}>
      <ul>
        {company.members.map((one) => (
          <Person key={one.number} one={one} me={one.number === state.number} word={state.quality.get(one.number)} />
        ))}
      </ul>
      {linked && state.host && <p class="linked">{t("room.people.linked")}</p>}
      {state.host && !mine && (waits || inside) && (
        <div class="actions">
          <button type="button" class="button quiet" aria-label={t("room.remove.name", { name: names })} onClick={() => onRemove(company)}>
            {t("room.remove")}
          </button>
          {waits && (
            <button type="button" class="button" data-testid="admit" aria-label={t(linked ? "room.admit.together.name" : "room.admit.name", { name: names })} onClick={() => room.admit(waits.number)}>
              {t(linked ? "room.admit.together" : "room.admit")}
            </button>
          )}
        </div>
      )}
    </li>
  );
}

function Person({ one, me, word }: { one: Participant; me: boolean; word: Word | undefined }): JSX.Element {
  const { t } = useRoom();
  const inside = one.place === "in_hearing";
  return (
    <li class="person" data-number={one.number} data-place={one.place}>
      <span>
        <bdi class="name">{one.name}</bdi>
        {me && ` (${t("room.you")})`}{" "}
        <span class="role">{t(`room.role.${one.role}`)}</span>
        {inside && word && (
          <span class="quality" data-testid="quality" data-word={word}>
            {t(`room.quality.${word}`)}
          </span>
        )}
      </span>
      {one.place === "reconnecting" && <span class="pill">{t("room.tile.reconnecting")}</span>}
      {one.place === "expected" && <span class="pill faint">{t("room.people.away")}</span>}
      {one.place === "gone" && <span class="pill faint">{t("room.people.gone")}</span>}
      {inside && (
        <span class={one.microphone ? "sound" : "sound off"}>
          <Icon name="microphone" off={!one.microphone} />
          <span class="unseen">{t(one.microphone ? "room.tile.unmuted" : "room.tile.muted")}</span>
        </span>
      )}
    </li>
  );
}

function Removal({ company, onClose }: { company: Company; onClose(): void }): JSX.Element {
  const { room, t } = useRoom();
  const confirm = () => {
    const first = company.members[0];
    if (first) room.remove(first.number);
    onClose();
  };
  return (
    <Dialog title={t("room.remove.title")} onClose={onClose}>
      <ul class="named">
        {company.members.map((one) => (
          <li key={one.number}>
            <bdi class="name">{one.name}</bdi> <span class="role">{t(`room.role.${one.role}`)}</span>
          </li>
        ))}
      </ul>
      <p>{t("room.remove.text")}</p>
      <div class="buttons">
        <button type="button" class="button quiet" onClick={onClose}>
          {t("room.cancel")}
        </button>
        <button type="button" class="button stop" data-testid="remove-confirm" onClick={confirm}>
          {t("room.remove.confirm")}
        </button>
      </div>
    </Dialog>
  );
}

function Ending({ onClose }: { onClose(): void }): JSX.Element {
  const { room, t } = useRoom();
  const confirm = () => {
    room.end();
    onClose();
  };
  return (
    <Dialog title={t("room.end.title")} onClose={onClose}>
      <p>{t("room.end.text")}</p>
      <div class="buttons">
        <button type="button" class="button quiet" onClick={onClose}>
          {t("room.cancel")}
        </button>
        <button type="button" class="button stop" data-testid="end-confirm" onClick={confirm}>
          {t("room.end.confirm")}
        </button>
      </div>
    </Dialog>
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
  if (!state.host) return null;
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
