// What is fetched after joining, by everybody.

export { Chat } from "./chat";
export { Calls, Company } from "./company";
export { More } from "./more";
export { Arrival, People } from "./people";
export { Person } from "./person";
