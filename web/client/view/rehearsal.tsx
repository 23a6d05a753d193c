import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { inAppBrowser } from "../core/browser";
import type { Capture } from "../core/capture";
import type { Translate } from "../core/i18n";
import type { Carried } from "../core/rehearsal";
import type { Access } from "../core/state";
import { type Step, type StepEvent, type Steps, steps } from "../core/steps";
import { focusHeading } from "./context";
import { Mirror } from "./devices";
import { Icon, type IconName } from "./icons";
import { heardAbove, watchLevel } from "./meter";
import { playTones, testMelody } from "./sound";

interface Props {
  state: Steps;
  capture: Capture;
  dispatch(event: StepEvent): void;
  t: Translate;
  phone: string;
}

const icons: Record<Exclude<Step, "result">, IconName> = { microphone: "microphone", speaker: "speaker", camera: "camera", connection: "link" };

/** RehearsalPage is all that is seen of a rehearsal: the steps done, in a line each, and the one to do. */
export function RehearsalPage(props: Props): JSX.Element {
  const { state, t } = props;
  const app = inAppBrowser(navigator.userAgent);
  return (
    <>
      {app && (
        <div class="notice" role="note">
          <p>
            <strong>{app === "app" ? t("room.inapp.title") : t("room.inapp.named", { app })}</strong>
          </p>
          <p>{t("room.inapp.text")}</p>
        </div>
      )}
      <ol class="trial">
        {(Object.keys(icons) as Exclude<Step, "result">[]).map((step) => (
          <li key={step} class={place(state.step, step)} data-testid={`step-${step}`} aria-current={state.step === step ? "step" : undefined}>
            <h2 tabIndex={-1} ref={state.step === step && step !== "microphone" ? focusHeading : undefined}>
              <Icon name={icons[step]} />
              {t(`rehearsal.${step}`)}
              {place(state.step, step) === "done" && <Came step={step} {...props} />}
            </h2>
            {state.step === step && <Doing step={step} {...props} />}
          </li>
        ))}
      </ol>
      {state.step === "result" && <Result {...props} />}
    </>
  );
}

function place(now: Step, step: Step): "done" | "now" | "later" {
  const difference = steps.indexOf(step) - steps.indexOf(now);
  return difference < 0 ? "done" : difference === 0 ? "now" : "later";
}

function Doing(props: Props & { step: Exclude<Step, "result"> }): JSX.Element {
  switch (props.step) {
    case "microphone":
      return <Microphone {...props} />;
    case "speaker":
      return <Speaker {...props} />;
    case "camera":
      return <Camera {...props} />;
    case "connection":
      return <Connection {...props} />;
  }
}

// What came of a step, in a word.
function Came({ step, state, t }: Props & { step: Step }): JSX.Element | null {
  const good = { microphone: state.voice, speaker: state.sound === true, camera: state.seen, connection: null, result: null }[step];
  if (good === null) return null;
  const skipped = step === "camera" && !state.seen && state.camera === "idle";
  return <span class={good ? "came" : skipped ? "came plain" : "came bad"}>{t(skipped ? "rehearsal.skipped" : good ? "rehearsal.works" : "rehearsal.fails")}</span>;
}

function Microphone({ state, capture, dispatch, t }: Props): JSX.Element {
  const track = capture.track("microphone");
  return (
    <>
      {state.microphone === "on" && track ? <Level track={track} heard={() => dispatch({ type: "voice" })} voice={state.voice} t={t} /> : <p>{t("room.microphone.why")}</p>}
      <Trouble kind="microphone" access={state.microphone} t={t} />
      <div class="buttons">
        {state.microphone !== "on" && (
          <button type="button" class="button" data-testid="microphone-test" disabled={state.microphone === "asking"} onClick={() => void capture.open("microphone", "")}>
            {t(state.microphone === "idle" || state.microphone === "asking" ? "room.microphone.test" : "room.device.retry")}
          </button>
        )}
        {(state.voice || state.microphone !== "idle") && <Next primary={state.voice} sure={state.voice} dispatch={dispatch} t={t} />}
      </div>
    </>
  );
}

function Level({ track, heard, voice, t }: { track: MediaStreamTrack; heard(): void; voice: boolean; t: Translate }): JSX.Element {
  const bar = useRef<HTMLSpanElement>(null);
  useEffect(
    () =>
      watchLevel(track, (level) => {
        if (bar.current) bar.current.style.transform = `scaleX(${Math.min(1, level * 4).toFixed(2)})`;
        if (level > heardAbove) heard();
      }),
    [track],
  );
  return (
    <>
      <div class="meter" aria-hidden="true">
        <span ref={bar} />
      </div>
      <p role="status">{t(voice ? "room.meter.heard" : "room.meter.listening")}</p>
    </>
  );
}

function Speaker({ state, dispatch, t }: Props): JSX.Element {
  const [played, setPlayed] = useState<"no" | "now" | "yes">("no");
  const play = () => {
    setPlayed("now");
    void playTones(testMelody, "").then(() => setPlayed("yes"));
  };
  const answer = (heard: boolean) => {
    dispatch({ type: "sound", heard });
    if (heard) dispatch({ type: "next" });
  };
  return (
    <>
      <p>{t("rehearsal.speaker.why")}</p>
      <div class="buttons">
        <button type="button" class={played === "no" ? "button" : "button quiet"} data-testid="speaker-test" disabled={played === "now"} onClick={play}>
          {t(played === "now" ? "room.speaker.playing" : "room.speaker.test")}
        </button>
      </div>
      {played === "yes" && (
        <fieldset class="answer">
          <legend>{t("rehearsal.speaker.heard")}</legend>
          <div class="buttons">
            <button type="button" class="button" data-testid="heard" onClick={() => answer(true)}>
              {t("rehearsal.yes")}
            </button>
            <button type="button" class="button quiet" data-testid="unheard" onClick={() => answer(false)}>
              {t("rehearsal.no")}
            </button>
          </div>
        </fieldset>
      )}
      {state.sound === false && (
        <>
          <p class="notice" role="status">
            {t("rehearsal.speaker.advice")}
          </p>
          <Next sure={false} dispatch={dispatch} t={t} />
        </>
      )}
    </>
  );
}

function Camera({ state, capture, dispatch, t }: Props): JSX.Element {
  const on = state.camera === "on";
  return (
    <>
      {on ? <Mirror track={capture.track("camera")} label={t("room.camera.preview")} /> : <p>{t("rehearsal.camera.why")}</p>}
      <Trouble kind="camera" access={state.camera} t={t} />
      <div class="buttons">
        {!on && (
          <button type="button" class="button" data-testid="camera-test" disabled={state.camera === "asking"} onClick={() => void capture.open("camera", "")}>
            {t(state.camera === "idle" || state.camera === "asking" ? "room.camera.test" : "room.device.retry")}
          </button>
        )}
        <button type="button" class={on ? "button" : "button quiet"} data-testid="measure" onClick={() => dispatch({ type: "next" })}>
          {t(on ? "rehearsal.measure" : "rehearsal.measure.without")}
        </button>
      </div>
    </>
  );
}

function Connection({ state, t }: Props): JSX.Element {
  return (
    <>
      <p role="status" data-testid="leg">
        {t(state.leg ? `rehearsal.leg.${state.leg}` : "rehearsal.leg.none")}
      </p>
      <progress aria-label={t("rehearsal.connection")} />
      <p class="small">{t("rehearsal.connection.wait")}</p>
      {state.picture && (
        <figure class="returned">
          <Mirror track={state.picture} label={t("rehearsal.returned")} />
          <figcaption>{t("rehearsal.returned")}</figcaption>
        </figure>
      )}
    </>
  );
}

function Result({ state, dispatch, t, phone }: Props): JSX.Element | null {
  const { outcome } = state;
  if (!outcome) return null;
  const again = (
    <button type="button" class="button quiet" data-testid="again" onClick={() => dispatch({ type: "again" })}>
      {t("rehearsal.again")}
    </button>
  );
  if ("refused" in outcome) {
    const key = outcome.refused === "capacity" ? "busy" : "refused";
    return (
      <section class="state wait" data-testid="result" data-fitness={key}>
        <h2 tabIndex={-1} ref={focusHeading}>
          {t(`rehearsal.${key}.title`)}
        </h2>
        <p>{t(`rehearsal.${key}.text`)}</p>
        {again}
      </section>
    );
  }
  const { found, legs } = outcome;
  const tone = { good: "go", voice: "wait", poor: "stop", none: "stop" }[found.fitness];
  return (
    <section class={`state ${tone}`} data-testid="result" data-fitness={found.fitness} data-path={found.path || "none"} data-kept={state.kept ?? ""}>
      <h2 tabIndex={-1} ref={focusHeading}>
        {t(`rehearsal.result.${found.fitness}.title`)}
      </h2>
      <p>{t(`rehearsal.result.${found.fitness}.text`)}</p>
      {!state.voice && <p>{t("rehearsal.advice.microphone")}</p>}
      {state.sound === false && <p>{t("rehearsal.speaker.advice")}</p>}
      {found.path === "relay" && <p>{t(legs.direct ? "rehearsal.advice.relay_better" : "rehearsal.advice.relay")}</p>}
      {(found.fitness === "none" || found.fitness === "poor") && phone && (
        <p>
          {t("rehearsal.call")}{" "}
          <a href={`tel:${phone}`}>
            <bdi dir="ltr">{phone}</bdi>
          </a>
        </p>
      )}
      <p class="small" role="status">
        {t(state.kept === null ? "rehearsal.keeping" : state.kept ? "rehearsal.kept" : "rehearsal.unkept")}
      </p>
      {again}
      <details>
        <summary>{t("rehearsal.figures")}</summary>
        <dl class="figures">
          <Leg name="direct" leg={legs.direct} t={t} />
          <Leg name="relay" leg={legs.relay} t={t} />
        </dl>
      </details>
    </section>
  );
}

function Leg({ name, leg, t }: { name: "direct" | "relay"; leg: Carried | undefined; t: Translate }): JSX.Element {
  return (
    <div data-testid={`leg-${name}`} data-up={leg ? "yes" : "no"}>
      <dt>{t(`rehearsal.path.${name}`)}</dt>
      <dd>
        {leg
          ? t("rehearsal.numbers", { up: Math.round(leg.up / 1000), down: Math.round(leg.down / 1000), loss: Math.round(100 * leg.loss), rtt: Math.round(leg.rtt) })
          : t("rehearsal.path.failed")}
      </dd>
    </div>
  );
}

function Next({ primary, sure, dispatch, t }: { primary?: boolean; sure: boolean; dispatch: Props["dispatch"]; t: Translate }): JSX.Element {
  return (
    <button type="button" class={primary ? "button" : "button quiet"} data-testid="next" onClick={() => dispatch({ type: "next" })}>
      {t(sure ? "rehearsal.next" : "rehearsal.next_anyway")}
    </button>
  );
}

function Trouble({ kind, access, t }: { kind: "microphone" | "camera"; access: Access; t: Translate }): JSX.Element | null {
  if (access === "idle" || access === "on") return null;
  if (access === "asking") return <p role="status">{t("room.device.asking")}</p>;
  return (
    <div class="notice" role="alert">
      <p>
        <strong>{t(`room.${kind}.${access}`)}</strong>
      </p>
      {access === "denied" ? (
        <ol>
          {[1, 2, 3].map((step) => (
            <li key={step}>{t(`room.denied.step${step}`)}</li>
          ))}
        </ol>
      ) : (
        <p>{t(`room.device.${access}`)}</p>
      )}
    </div>
  );
}
