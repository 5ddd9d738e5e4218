"""Words that name an event where a transcript has them in brackets, in the simplified form and lower case."""

from collections.abc import Mapping

_BY_EVENT = {
    "laugh": """
        笑 笑声 大笑 小笑 微笑 苦笑 偷笑 冷笑 笑出声 众笑 同笑 笑笑 laugh laughs laughing laughter
        chuckle chuckles giggle giggles
    """,
    "breath": """
        呼吸 呼吸声 吸气 吸气声 吐气 换气 换气声 喘气 喘气声 叹气 叹息 叹气声 深呼吸 breath
        breathing breathe inhale exhale sigh sighs gasp
    """,
    "cough": """
        咳 咳嗽 咳嗽声 咳声 清喉咙 清嗓 清嗓子 打喷嚏 喷嚏 打嗝 吸鼻子 擤鼻涕 cough coughs coughing
        sneeze sneezes sniff sniffs throat throat-clearing hiccup
    """,
    "lip": """
        咂嘴 啧 啧啧 弹舌 嘴巴声 口水声 lip lips lip-smack lipsmack smack click tsk
    """,
    "noise": """
        噪音 杂音 噪声 背景音 背景声 碰撞声 敲门声 敲桌子 关门声 脚步声 翻纸声 车声 狗叫 狗叫声
        鸟叫声 手机响 电话响 电话声 铃声 风声 雨声 鞭炮声 掌声 鼓掌 拍手 拍手声 哭 哭声 哭泣 noise
        noises background bang knock phone ring ringing applause clap claps clapping crying cry sob
        spn nsn
    """,
    "music": """
        音乐 音乐声 配乐 歌声 唱歌 哼歌 music song singing
    """,
    "overlap": """
        重叠 同时说话 同时讲话 插话 抢话 overlap overlapping crosstalk
    """,
    "unintelligible": """
        听不清 听不清楚 听不懂 听无 听袂清楚 不清楚 不清 含糊 模糊 无法辨识 无法辨认 unintelligible
        inaudible unclear indistinct unk unknown mumble mumbles
    """,
    "": """
        停顿 沉默 静音 无声 空白 安静 片刻 silence silent pause pauses sil sp blank hesitation hes
    """,
}
EVENT_OF: Mapping[str, str] = {word: event for event, words in _BY_EVENT.items() for word in words.split()}
"""Word → kind of event; empty for silence, which is no event but the gap between two segments."""
