/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The page to look at: one card a camera, no file from anywhere else. */
#include <stdio.h>

#include "server-private.h"

/* Names hold letters, digits, '-' and '_' only: nothing to escape. */
static const char top[] =
    "<!doctype html><html lang=en><head><meta charset=utf-8>"
    "<meta name=viewport content=\"width=device-width,initial-scale=1\">"
    "<meta name=color-scheme content=\"dark light\">"
    "<title>Cameras</title><link rel=icon href=\"data:,\">";

static const char style[] =
    "<style>"
    ":root{--bg:#11151a;--card:#1a2027;--line:#2a323c;--ink:#e8edf2;"
    "--dim:#8a97a5;--live:#3ecf8e;--warn:#f0a63a;--off:#5c6875}"
    "@media(prefers-color-scheme:light){:root{--bg:#f3f5f7;--card:#fff;"
    "--line:#dfe4ea;--ink:#1b232c;--dim:#64707d}}"
    "*{box-sizing:border-box}"
    "body{margin:0;background:var(--bg);color:var(--ink);"
    "font:15px/1.45 system-ui,-apple-system,'Segoe UI',Roboto,"
    "'DejaVu Sans',sans-serif}"
    "header{display:flex;align-items:baseline;gap:14px;flex-wrap:wrap;"
    "padding:18px 24px 14px;max-width:1720px;margin:auto}"
    "h1{font-size:19px;margin:0;letter-spacing:.01em}"
    "header p{margin:0 0 0 auto;color:var(--dim);font-size:13px;"
    "font-variant-numeric:tabular-nums}"
    "header p b{color:var(--warn);font-weight:600}"
    "main{display:grid;gap:20px;padding:0 24px 28px;max-width:1720px;"
    "margin:auto;grid-template-columns:repeat(auto-fit,minmax(min(100%,"
    "440px),1fr));align-items:start}"
    "main.one{max-width:1280px}"
    "article{background:var(--card);border:1px solid var(--line);"
    "border-radius:12px;overflow:hidden;box-shadow:0 1px 3px #0004}"
    ".view{display:block;position:relative;background:#000;"
    "aspect-ratio:4/3}"
    ".view img{width:100%;height:100%;object-fit:contain;display:block}"
    ".bar{display:flex;align-items:center;gap:10px;padding:11px 14px}"
    ".bar h2{font-size:15px;margin:0;font-weight:600}"
    ".dot{width:9px;height:9px;border-radius:50%;background:var(--off);"
    "flex:none;transition:background .2s}"
    ".dot.live{background:var(--live);box-shadow:0 0 7px var(--live)}"
    ".dot.absent,.dot.stalled,.dot.ended{background:var(--warn)}"
    ".facts{color:var(--dim);font-size:13px;margin-left:auto;"
    "text-align:right;font-variant-numeric:tabular-nums}"
    ".why{color:var(--warn);font-size:13px;padding:0 14px 12px;margin:0}"
    ".why:empty{display:none}"
    "nav{display:flex;border-top:1px solid var(--line)}"
    "nav a{flex:1;text-align:center;padding:9px 4px;color:var(--dim);"
    "font-size:13px;text-decoration:none}"
    "nav a+a{border-left:1px solid var(--line)}"
    "nav a:hover,nav a:focus-visible{color:var(--ink);"
    "background:#8a97a51c}"
    ".view:fullscreen{aspect-ratio:auto}"
    "</style>";

static const char script[] =
    "<script>"
    "const $=(e,s)=>e.querySelector(s);"
    "const cards=[...document.querySelectorAll('article')];"
    /* a hidden page needs no pictures: let the camera sleep */
    "function see(){for(const a of cards){const i=$(a,'img');"
    "i.src=document.hidden?'data:,':a.dataset.at+'stream?key=page&t='"
    "+Date.now()}}"
    "for(const a of cards){const i=$(a,'img');"
    "i.onload=()=>{if(i.naturalWidth)$(a,'.view').style.aspectRatio="
    "i.naturalWidth+'/'+i.naturalHeight};"
    "i.onerror=()=>{if(!document.hidden)setTimeout(see,2000)};"
    "$(a,'.full').onclick=e=>{e.preventDefault();"
    "$(a,'.view').requestFullscreen()}}"
    "document.addEventListener('visibilitychange',see);"
    "const rate=b=>b>1e6?(b/1e6).toFixed(1)+' MB/s':"
    "Math.round(b/1e3)+' kB/s';"
    "async function tell(){if(!document.hidden)try{"
    "const r=await fetch('state');const s=await r.json();"
    "for(const a of cards){const c=s.cameras[a.dataset.name];"
    "if(!c)continue;$(a,'.dot').className='dot '+c.state;"
    "$(a,'.dot').title=c.state;"
    "$(a,'.facts').textContent=c.width+'\\u00d7'+c.height+' \\u00b7 '"
    "+c.fps.published.toFixed(1)+' fps \\u00b7 '+c.format+' \\u00b7 '"
    "+Math.round(c.frame_bytes/1e3)+' kB';"
    "$(a,'.why').textContent=c.state=='absent'||c.state=='stalled'||"
    "c.state=='ended'?c.reason:''}"
    "const h=$(document,'header p');h.textContent="
    "(s.server.cpu*100).toFixed(1)+' % of a core \\u00b7 '"
    "+rate(s.server.bandwidth);"
    "if(s.server.step_down){const b=document.createElement('b');"
    "b.textContent=' \\u00b7 stepped down '+s.server.step_down;h.append(b)}"
    "if(s.server.printing)h.append(' \\u00b7 printing')"
    "}catch(e){$(document,'header p').textContent='no answer'}"
    "setTimeout(tell,2000)}"
    "tell()"
    "</script>";

static void
card(const char *name, const char *at, struct buf *out)
{
	buf_addf(out,
	    "<article data-name=\"%s\" data-at=\"%s\">"
	    "<div class=view><img src=\"%sstream?key=page\" alt=\"%s\"></div>"
	    "<div class=bar><span class=dot></span><h2>%s</h2>"
	    "<span class=facts></span></div><p class=why></p>"
	    "<nav><a href=\"%ssnapshot.jpg\" target=_blank>Snapshot</a>"
	    "<a href=\"%sstream\" target=_blank>Stream</a>"
	    "<a class=full href=\"#\">Full screen</a></nav></article>",
	    name, at, at, name, name, at, at);
}

void
page_html(struct server *s, int site, struct buf *out)
{
	char at[128];

	buf_adds(out, top);
	/* "/bed" and "/bed/" must both find their pictures */
	if (site >= 0)
		buf_addf(out, "<base href=\"%s/\">", s->names[site]);
	buf_adds(out, style);
	buf_addf(out, "</head><body><header><h1>%s</h1><p></p></header>",
	    site >= 0 ? s->names[site] : "Cameras");
	buf_addf(
	    out, "<main%s>", site >= 0 || s->n_sites == 1 ? " class=one" : "");
	for (int i = 0; i < s->n_sites; i++) {
		if (site >= 0 && site != i)
			continue;
		snprintf(at, sizeof(at), "%s/", s->names[i]);
		card(s->names[i], site >= 0 ? "" : at, out);
	}
	buf_addf(out, "</main>%s</body></html>\n", script);
}
