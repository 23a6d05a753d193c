// The order of the hearing, as its hosts give it: the obvious thing first, and only what can be done now.

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { type Deed, deeds } from "../core/deeds";
import type { State } from "../core/state";
import type { Layout, Reason } from "../core/wire";
import { Act } from "./act";
import { useRoom } from "./context";
import { Dialog } from "./dialog";

/** Deeds that ask first: those that send people out, are final, or need to know more. */
type Asking = "suspend" | "deliberate" | "extend" | "next" | "end";

export function OrderBar({ state }: { state: State }): JSX.Element {
  const { room, t, boot } = useRoom();
  const [asking, setAsking] = useState<Asking | "more" | "">("");
  const { first, others } = deeds(state.order.state);
  const close = () => setAsking("");
  const act = (deed: Deed) => {
    if (deed === "start" || deed === "resume" || deed === "pause") {
      room[deed]();
      close();
    } else setAsking(deed);
  };
  return (
    <div class="order" role="group" aria-label={t("room.bench.order")} data-testid="order">
      {first && (
        <button type="button" class={first === "pause" ? "button quiet" : "button"} data-testid={first} onClick={() => act(first)}>
          {t(`room.bench.${first}`)}
        </button>
      )}
      <div class="order-others">
        {others.map((deed) => (
          <button key={deed} type="button" class={deed === "end" ? "button quiet final" : "button quiet"} data-testid={deed} onClick={() => act(deed)}>
            {t(wordsOf(deed))}
          </button>
        ))}
      </div>
      <button type="button" class="button quiet order-more" data-testid="order-more" aria-haspopup="dialog" onClick={() => setAsking("more")}>
        {t("room.bench.order.more")}
      </button>
      {asking === "more" && (
        <Dialog title={t("room.bench.order")} onClose={close}>
          <ul class="menu">
            {others.map((deed) => (
              <Act key={deed} words={wordsOf(deed)} testId={`${deed}-more`} stop={deed === "end"} onPress={() => act(deed)} />
            ))}
            {boot.docket && (
              <li>
                <a class="menu-item" href={boot.docket} target="_blank" rel="noopener">
                  {t("room.bench.adjourn")}
                </a>
              </li>
            )}
          </ul>
          <Cancel onClose={close} />
        </Dialog>
      )}
      {asking === "suspend" && <Suspension onClose={close} />}
      {asking === "deliberate" && <Sure of="deliberate" onSure={() => room.deliberate()} onClose={close} />}
      {asking === "end" && <Ending onClose={close} />}
      {asking === "extend" && <Extension onClose={close} />}
      {asking === "next" && <NextCase state={state} onClose={close} />}
    </div>
  );
}

const wordsOf = (deed: Deed) => (deed === "end" ? "room.end" : `room.bench.${deed}`);

function Cancel({ onClose }: { onClose(): void }): JSX.Element {
  const { t } = useRoom();
  return (
    <div class="buttons">
      <button type="button" class="button quiet" onClick={onClose}>
        {t("room.cancel")}
      </button>
    </div>
  );
}

interface SureProps {
  of: "deliberate" | "clear";
  onSure(): void;
  onClose(): void;
}

/** Sure asks once more before many people are moved. */
export function Sure({ of, onSure, onClose }: SureProps): JSX.Element {
  const { t } = useRoom();
  const sure = () => {
    onSure();
    onClose();
  };
  return (
    <Dialog title={t(`room.bench.${of}.title`)} onClose={onClose}>
      <p>{t(`room.bench.${of}.text`)}</p>
      <div class="buttons">
        <button type="button" class="button quiet" onClick={onClose}>
          {t("room.cancel")}
        </button>
        <button type="button" class="button" data-testid={`${of}-confirm`} onClick={sure}>
          {t(`room.bench.${of}.confirm`)}
        </button>
      </div>
    </Dialog>
  );
}

function Ending({ onClose }: { onClose(): void }): JSX.Element {
  const { room, t } = useRoom();
  const sure = () => {
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
        <button type="button" class="button stop" data-testid="end-confirm" onClick={sure}>
          {t("room.end.confirm")}
        </button>
      </div>
    </Dialog>
  );
}

const reasons: Exclude<Reason, "" | "no_host">[] = ["technical", "legal", "witness", "other"];

function Suspension({ onClose }: { onClose(): void }): JSX.Element {
  const { room, t } = useRoom();
  const [reason, setReason] = useState(reasons[0]);
  const suspend = (event: Event) => {
    event.preventDefault();
    if (reason) room.suspend(reason);
    onClose();
  };
  return (
    <Dialog title={t("room.bench.suspend.title")} onClose={onClose}>
      <form onSubmit={suspend}>
        <p>{t("room.bench.suspend.text")}</p>
        <fieldset class="choices">
          <legend>{t("room.bench.suspend.reason")}</legend>
          {reasons.map((each) => (
            <label key={each}>
              <input type="radio" name="reason" data-testid={`reason-${each}`} checked={reason === each} onChange={() => setReason(each)} />
              <span>{t(`room.reason.${each}`)}</span>
            </label>
          ))}
        </fieldset>
        <div class="buttons">
          <button type="button" class="button quiet" onClick={onClose}>
            {t("room.cancel")}
          </button>
          <button type="submit" class="button" data-testid="suspend-confirm">
            {t("room.bench.suspend.confirm")}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

const extensions = [10, 15, 30, 60]; // minutes

function Extension({ onClose }: { onClose(): void }): JSX.Element {
  const { room, t } = useRoom();
  const extend = (minutes: number) => {
    room.extend(minutes);
    onClose();
  };
  return (
    <Dialog title={t("room.bench.extend.title")} onClose={onClose}>
      <p>{t("room.bench.extend.text")}</p>
      <div class="buttons">
        {extensions.map((minutes) => (
          <button key={minutes} type="button" class="button quiet" data-testid={`extend-${minutes}`} onClick={() => extend(minutes)}>
            {t("room.bench.extend.by", { n: minutes })}
          </button>
        ))}
      </div>
      <Cancel onClose={onClose} />
    </Dialog>
  );
}

// Two ways to leave this one, then where the next one is. Closing ends this page's session, which keeps the answer on its end page.
function NextCase({ state, onClose }: { state: State; onClose(): void }): JSX.Element {
  const { room, t } = useRoom();
  const { next } = state.order;
  const [asked, setAsked] = useState(false);
  const call = (close: boolean) => {
    setAsked(true);
    room.next(close);
  };
  return (
    <Dialog title={t("room.bench.next.title")} onClose={onClose}>
      {asked && next ? (
        <NextFound state={state} />
      ) : (
        <>
          <p>{t("room.bench.next.text")}</p>
          <ul class="menu">
            {(["pause", "close"] as const).map((way) => (
              <li key={way}>
                <button type="button" class={way === "close" ? "menu-item stop" : "menu-item"} data-testid={`next-${way}`} disabled={asked} onClick={() => call(way === "close")}>
                  <span>
                    {t(`room.bench.next.${way}`)}
                    <span class="help">{t(`room.bench.next.${way}.help`)}</span>
                  </span>
                </button>
              </li>
            ))}
          </ul>
        </>
      )}
      <Cancel onClose={onClose} />
    </Dialog>
  );
}

function NextFound({ state }: { state: State }): JSX.Element | null {
  const { t } = useRoom();
  const { next } = state.order;
  if (!next) return null;
  if (next.path === "") return <p role="status">{t("room.bench.next.none")}</p>;
  return (
    <div role="status">
      <p>
        <strong>{t("room.bench.next.found", { reference: next.reference })}</strong>
      </p>
      <p>{t("room.bench.next.people", { n: next.people })}</p>
      <a class="button" data-testid="next-open" href={next.path}>
        {t("room.bench.next.open")}
      </a>
    </div>
  );
}

const layouts: Layout[] = ["grid", "speaker", "document"];

/** ForAll is what a host sets for everybody. */
export function ForAll({ state }: { state: State }): JSX.Element {
  const { room, t } = useRoom();
  return (
    <>
      <label class="chooser">
        <span>{t("room.bench.layout")}</span>
        <select data-testid="layout-all" value={state.floor.layout || "grid"} onChange={(event) => room.layout(event.currentTarget.value as Layout)}>
          {layouts.map((layout) => (
            <option key={layout} value={layout}>
              {t(`room.layout.${layout}`)}
            </option>
          ))}
        </select>
      </label>
      <label class="tick">
        <input type="checkbox" data-testid="sharing" checked={state.shares.open} onChange={(event) => room.openSharing(event.currentTarget.checked)} />
        <span>{t("room.bench.sharing")}</span>
      </label>
    </>
  );
}
