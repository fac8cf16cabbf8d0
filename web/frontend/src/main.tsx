// One bundle for all pages; the address says which.
import "uplot/dist/uPlot.min.css";
import "./app.css";
import { render } from "preact";
import type { ComponentType } from "preact";
import { AgentPage } from "./agent";
import { whoAmI, type Me } from "./api";
import { ArchivePage, archiveTitle } from "./archive";
import { AuditPage } from "./audit";
import { CallersPage } from "./callers";
import { FlowPage } from "./flow";
import { links } from "./frame";
import { HistoryPage, historyTitle } from "./history";
import { MessagesPage } from "./messages";
import { NoticesPage, noticesTitle } from "./notices";
import { PasswordPage } from "./password";
import { PeoplePage } from "./people";
import { SignInPage } from "./signin";
import { SupervisorPage } from "./supervisor";
import { RecordingsPage } from "./recordings";
import { words } from "./recordingwords";
import { language, t } from "./texts";
import { TrunksPage } from "./trunks";
import { WallPage, wallTitle } from "./wall";
import { WallsPage, wallsTitle } from "./walls";

document.documentElement.lang = language;

/** A page after the sign-in. */
interface PageEntry {
  path: string;
  title: string;
  Page: ComponentType<{ me: Me }>;
  linked?: "leaders" | "admins"; // the users to whom the header links it; undefined: none
}

const myDesk: PageEntry = { path: "/agent", title: t.myDesk, Page: AgentPage, linked: "leaders" };

/** All pages, in the order of the header. */
const pages: PageEntry[] = [
  { path: "/supervisor", title: t.floor, Page: SupervisorPage, linked: "leaders" },
  { path: "/history", title: historyTitle, Page: HistoryPage, linked: "leaders" },
  { path: "/messages", title: t.messages, Page: MessagesPage, linked: "leaders" },
  { path: "/callers", title: t.callers, Page: CallersPage, linked: "leaders" },
  { path: "/recordings", title: words.title, Page: RecordingsPage, linked: "leaders" },
  { path: "/trunks", title: t.trunks, Page: TrunksPage, linked: "leaders" },
  { path: "/notices", title: noticesTitle, Page: NoticesPage, linked: "leaders" },
  { path: "/flow", title: t.flow, Page: FlowPage, linked: "admins" },
  { path: "/people", title: t.people, Page: PeoplePage, linked: "admins" },
  { path: "/audit", title: t.audit, Page: AuditPage, linked: "admins" },
  myDesk,
  { path: "/walls", title: wallsTitle, Page: WallsPage },
  { path: "/archive", title: archiveTitle, Page: ArchivePage },
  { path: "/password", title: t.changePassword, Page: PasswordPage },
];

async function main(): Promise<void> {
  if (location.pathname === "/sign-in") {
    render(<SignInPage />, document.body);
    return;
  }
  if (location.pathname === "/wall") {
    document.title = `${wallTitle} · Press Zero`;
    render(<WallPage />, document.body);
    return;
  }
  const me = await whoAmI();
  if (!me) {
    location.replace("/sign-in");
    return;
  }
  for (const { path, title, linked } of pages) {
    if (linked === "leaders" || (linked === "admins" && me.role === "admin")) links.push({ path, title });
  }
  const { title, Page } = pages.find((p) => p.path === location.pathname) ?? myDesk;
  document.title = `${title} – Press Zero`;
  render(<Page me={me} />, document.body);
}

void main();
