// What is fetched by hosts and clerks, after the hearing.

import "../main"; // see ../live.ts

export { Deeds, Doors, Hands, Remove } from "./floor";
export { Room, Waiting } from "./door";
export { KeyList, Keys } from "./keys";
export { ForAll, OrderBar } from "./order";
