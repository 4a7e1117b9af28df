// What the widget says, in both languages.

const WORDS = {
  en: {
    open: "Ask a question",
    title: "Ask the documentation",
    close: "Close the chat",
    fresh: "New conversation",
    intro: "Ask in your own words. Each answer comes with the words of the documentation that it rests on; where there is none, you are told so.",
    label: "Your question",
    placeholder: "How can we help?",
    send: "Send",
    stop: "Stop",
    you: "You asked",
    answer: "Answer",
    searching: "Searching the documentation",
    understood: "Understood as",
    source: "Source",
    page: ", page {n}",
    link: "Open the page",
    link_new: "opens in a new tab",
    missing: "The documentation does not answer this.",
    "missing.related_but_not_answering": "The documentation deals with this, but does not give the answer.",
    "missing.not_valid_at_date": "The documentation does not say what holds at the time you ask about.",
    conflicting: "The documentation says two different things, and we cannot tell which one holds.",
    refused: "This chat answers questions about the documentation. What would you like to know?",
    unavailable: "The chat cannot answer right now. Please ask again in a moment.",
    stopped: "Stopped. This is not the whole answer.",
    cut: "The connection was lost. This is not the whole answer.",
    unreachable: "The chat cannot be reached. Please check your connection.",
    busy: "Too many questions at once. Please try again in {n} s.",
    setup: "The chat is not set up for this page.",
    failed: "Something went wrong. Please ask again.",
    again: "Ask again",
    choose: "Which one is it?",
    person: "A colleague can help you further. Take this conversation along, so that you need not tell everything again.",
    contact: "Contact us",
    copy: "Copy the conversation",
    copied: "Copied",
    not_copied: "Could not be copied",
    done: "The answer is complete.",
    "role.user": "Question: ",
    "role.assistant": "Answer: ",
    quote: "“{text}”",
    reference: "Reference: {id}",
  },
  zh: {
    open: "提问",
    title: "文档问答",
    close: "关闭对话",
    fresh: "新对话",
    intro: "请直接提问。每条回答都附有文档原文作为依据；文档里没有答案时，会如实告知。",
    label: "您的问题",
    placeholder: "请输入您的问题",
    send: "发送",
    stop: "停止",
    you: "您的提问",
    answer: "回答",
    searching: "正在查找文档",
    understood: "理解为",
    source: "出处",
    page: "，第 {n} 页",
    link: "打开原页面",
    link_new: "在新标签页中打开",
    missing: "文档中没有这个问题的答案。",
    "missing.related_but_not_answering": "文档提到了这个话题，但没有给出答案。",
    "missing.not_valid_at_date": "文档没有说明您所问时间的规定。",
    conflicting: "文档的说法不一致，无法判断以哪一份为准。",
    refused: "这里只回答与文档有关的问题。您想了解什么？",
    unavailable: "暂时无法回答，请稍后再试。",
    stopped: "已停止，以上不是完整的回答。",
    cut: "连接已中断，以上不是完整的回答。",
    unreachable: "无法连接问答服务，请检查网络。",
    busy: "提问过于频繁，请在 {n} 秒后再试。",
    setup: "此页面尚未开通问答。",
    failed: "出错了，请重新提问。",
    again: "重新提问",
    choose: "请问是哪一种？",
    person: "我们的同事可以继续为您解答。请带上这段对话，就不必重新说明了。",
    contact: "联系我们",
    copy: "复制对话",
    copied: "已复制",
    not_copied: "复制失败",
    done: "回答完毕。",
    "role.user": "问：",
    "role.assistant": "答：",
    quote: "“{text}”",
    reference: "编号：{id}",
  },
};
let words = WORDS.en;

/** `en` or `zh`: what the page's owner wants, else the language of the page, else that of the browser. */
export function languageOf(wanted) {
  const tag = wanted || document.documentElement.lang || navigator.language || "en";
  return tag.toLowerCase().startsWith("zh") ? "zh" : "en";
}

/** From here on all words are of this language. */
export function speak(language) {
  words = WORDS[language];
}

/** The words of `key`, with `{name}` replaced. */
export function t(key, values = {}) {
  return words[key].replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

/** Whether there are words of `key`, for names that the service may add to. */
export function has(key) {
  return Object.hasOwn(words, key);
}
