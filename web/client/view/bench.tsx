// What is fetched after joining by hosts and clerks.

export { Deeds, Doors, Hands, Remove } from "./floor";
export { Room, Waiting } from "./door";
export { KeyList, Keys } from "./keys";
export { ForAll, OrderBar } from "./order";
