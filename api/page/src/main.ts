import { mount } from "svelte";
import App from "./App.svelte";
import { dress } from "./frame/looks.svelte";
import { followAddress } from "./frame/place.svelte";
import { resume } from "./frame/session.svelte";
import "./theme.css";
import { language, speak } from "./words/words.svelte";

dress();
speak(language());
followAddress();
resume();

const target = document.getElementById("page");
if (target === null) throw new Error("the document has no place for the page");
mount(App, { target });
