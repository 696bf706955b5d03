import "./look/tokens.css";
import "./look/base.css";
import { mount } from "svelte";
import App from "./frame/App.svelte";
import { settle } from "./frame/settings.svelte.ts";
import { installOffline } from "./frame/versions.svelte.ts";

settle();
const target = document.getElementById("app");
if (target !== null) mount(App, { target });
void installOffline();
