import type { ComponentChildren, JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";

interface DialogProps {
  title: string;
  onClose(): void;
  children: ComponentChildren;
}

/** Dialog is modal while it is mounted; Escape closes it. Browsers without <dialog> show it in place. */
export function Dialog({ title, onClose, children }: DialogProps): JSX.Element {
  const dialog = useRef<HTMLDialogElement>(null);
  const told = useRef(onClose);
  told.current = onClose;
  useEffect(() => {
    const element = dialog.current;
    if (!element) return;
    const before = document.activeElement;
    const closed = () => told.current();
    element.addEventListener("close", closed);
    if (element.showModal) element.showModal();
    else element.setAttribute("open", "");
    return () => {
      // Its event comes later and would be taken for the person's own closing.
      element.removeEventListener("close", closed);
      if (element.close) element.close();
      if (before instanceof HTMLElement) before.focus();
    };
  }, []);
  return (
    <dialog ref={dialog} class="dialog" aria-labelledby="dialog-title">
      <h2 id="dialog-title">{title}</h2>
      {children}
    </dialog>
  );
}
