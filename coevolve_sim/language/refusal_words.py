"""The words by which refusals are told from opinions, language by language; `refusals` says how."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

_APOLOGY = (
    r"(?:(?:i'm|i am)(?: very| so)? sorry|sorry|i apologi[sz]e|(?:my )?apologies|unfortunately|regrettably"
    r"|i regret)"
)
_AI = (
    r"(?:(?:ai|artificial intelligence|(?:large )?language model|chatbot)"
    r"(?=$|[,;)]| (?:i|my|and|so|that|who|which|do|don't|cannot|can't|assistant|chatbot|bot|system"
    r"|model|tool|program|"
    r"(?:large )?language model|developed|designed|trained|created|made|built|not)\b))"
)
_VIEWS = (
    r"(?:opinion|view|belief|feeling|experience|stance|position|preference|conviction|value|perspective"
    r"|viewpoint)s?"
)
_STANCES = _VIEWS.replace("experience|", "")
"""What only a machine lacks; a persona, too, may have no experience of its own."""

_ASKED = (
    r"(?:request|question|prompt|message|text|content|conversation|discussion|debate|topic|task|query"
    r"|queries|instruction|statement|persona|role|response|subject|matter|role-?play|exercise)s?"
)


@dataclass(frozen=True)
class RefusalWords:
    """Regular expressions, for lower case, of the parts of a refusal in one language.

    Attributes
    ----------
    machine : str
        The speaker calls itself a machine.
    lack : str
        What a machine says it lacks or may not: negations.
    unable : str
        The speaker cannot, will not or would rather not.
    act : str
        What one does in a conversation: answer, help, write, discuss.
    asked : str
        What is done it to: the request or the conversation, never the world.
    whole : str
        Phrases that are a refusal by themselves.
    """

    machine: str
    lack: str
    unable: str
    act: str
    asked: str
    whole: str


_ENGLISH_UNABLE = (
    r"\bi(?: am|'m)? (?:really |just |simply |also |therefore |respectfully |must |have to |need to "
    r"|would |will |do )*"
    r"(?:can't|cannot|can not|won't|will not|unable|not able|not going|not in a position"
    r"|not (?:feel )?comfortable|"
    r"don't feel comfortable|not allowed|not permitted|decline|refuse|rather not|prefer not|(?:not"
    r"|don't) (?:think|believe)|"
    r"not be able|won't be able)\b"
    r"|\bi'd (?:rather|prefer) not\b|\b(?:going to have|i have|i need|i'll have) to (?:decline|pass"
    r"|refuse)\b"
    r"|\bnot (?:be )?(?:appropriate|right|proper|possible) for me\b|\binappropriate for me\b"
)
_ENGLISH_ACT = (
    r"(?:answer|assist|comment|comply|continue|create|debate|discuss|engage|express|fulfil|fulfill"
    r"|generate|give|help|"
    r"offer|participate|produce|proceed|provide|reply|respond|share|speak|state|take|talk|write|adopt"
    r"|play|decline|refuse|"
    r"comfortable with|pass on)(?:ing|ting)?"
)
_CANNOT = r"(?:can't|cannot|can not|won't|will not|am unable to|'m unable to|am not able to|'m not able to)"

ENGLISH = RefusalWords(
    machine=rf"\b(?:as|being) (?:an?|only|just) (?:\w+ )?{_AI}|\bi(?:'m| am) (?:just |only |merely "
    rf"|simply )?an? (?:\w+ )?{_AI}"
    r"|\b(?:being |i'm |i am )(?:(?:only |just |merely )an? (?:machine|program|tool)"
    r"|(?:only |just |merely )?an? (?:computer program|bot))\b",
    lack=r"\b(?:i|my|me)\b.*(?:n't|\bnot\b|\bno\b|\bcannot\b|\bnever\b|\bunable\b|\bneutral\b"
    r"|\brather than\b|\bdecline\b)"
    r"|(?:n't|\bno\b|\bnot\b|\bcannot\b|\bunable\b).*\b(?:i|my)\b",
    unable=_ENGLISH_UNABLE,
    act=_ENGLISH_ACT,
    asked=rf"(?:\b(?:this|that|your|such|these|those)(?: kinds?| sorts?"
    rf"| types?)?(?: of)? (?:\w+ )?{_ASKED}\b"
    r"|\bthe (?:request|prompt|text)\b"
    rf"|\b(?:a )?personal {_VIEWS}\b|\b(?:an opinion|opinions) (?:on|about) (?:this|that|it|such)\b"
    rf"|\bmy (?:own )?(?:personal )?(?:opinion|view|position)s? (?:on|about|here)\b"
    rf"|\b{_ASKED} (?:like|of) (?:this|that)\b|\bcontent that\b)",
    whole=rf"{_APOLOGY}[,.;]?(?: but)?(?: i'm afraid)? i ?{_CANNOT}(?: do (?:that|this|it|so))?$"
    rf"|{_APOLOGY}[,.;]?(?: but)? i ?{_CANNOT} (?:assist|help)(?: you)?(?: (?:with|on|in) (?:that|this"
    rf"|it))?$"
    r"|\bi ?(?:can't|cannot|won't|will not|am unable to|'m unable to|am not able to|'m not able to"
    r"|refuse to|"
    r"'d rather not|would rather not|prefer not to|(?:respectfully |must |have to |need to |will "
    r"|(?:am |'m )?going to have to )*decline to)"
    r" (?:respectfully )?(?:answer|comply|assist|respond|reply|comment|discuss|help you)"
    r"(?: (?:with |to |on |about )?(?:this|that|it|you))?$"
    r"|\bi ?(?:can't|cannot|won't|will not|am unable to|'m unable to|am not able to"
    r"|'m not able to) help (?:you )?with (?:this|that)$"
    r"|\bi (?:must|have to|need to|will have to)(?: respectfully)? (?:decline|pass|refuse)$"
    r"|\bpass on (?:this|that)(?: one)?$"
    rf"|\bi(?: do not| don't| do n't)(?: actually| really)? have(?: any)? (?:personal"
    rf"|own) (?:\w+ (?:or|and) )?{_STANCES}"
    r"|\b(?:this|that|it)(?: is|'s)(?: not)?(?: really)? something (?:that )?i(?: can't| cannot| won't"
    r"| can|'m able to| am able to|'m not able to| am not able to|'m unable to| am unable to)"
    r" (?:help|assist|answer|write|discuss|do|respond|comment)\b"
    r"|\b(?:beyond|outside)(?: of)? what i(?:'m able to| am able to| can)\b"
    r"|\b(?:my|content|usage|safety) (?:content |safety |usage |ethical )?(?:guidelines|programming"
    r"|policy|policies|training)\b.*"
    r"(?:not|n't|prohibit|prevent|forbid|against|prohibited)"
    r"|(?:against|violates?|goes against|conflicts? with|breach(?:es)?) (?:my|the|our) (?:content "
    r"|safety |usage |ethical )?"
    r"(?:guidelines|programming|policy|policies|training)\b"
    rf"|\bi(?:'m| am| was|'ve been| have been) (?:not )?(?:designed|programmed|trained|built|developed"
    rf"|made) (?:not )?to\b.*"
    rf"(?:neutral|impartial|{_VIEWS}|\bsides?\b|questions?)"
    rf"|\bi ?{_CANNOT} (?:role-?play|impersonate|pretend to be (?:someone|somebody|this|that"
    rf"|an? \w+ (?:with|who)|another person)"
    r"|speak (?:as|for) (?:this|that) (?:person|character|persona)|write (?:this|that|it)$)",
)

GERMAN = RefusalWords(
    machine=r"\b(?:als|ich bin)(?: nur| lediglich)?(?: ein| eine)?(?: \w+e?s?)? ?(?:ki"
    r"|künstliche intelligenz|(?:ki-)?sprachmodell|"
    r"chatbot|computerprogramm|ki-\w+)\b",
    lack=r"\b(?:kein\w*|nicht|neutral)\b",
    unable=r"(?:\bich\b.*\b(?:kann|darf|möchte|werde|will|muss)\b|\b(?:kann|darf|möchte|werde|will"
    r"|muss) ich\b)"
    r".*\b(?:nicht|kein\w*|ablehnen)\b",
    act=r"\b(?:helfen|weiterhelfen|beantworten|antworten|schreiben|verfassen|erfüllen|nachkommen|äußern"
    r"|geben|sprechen|"
    r"diskutieren|eingehen|bearbeiten|ablehnen|behilflich|teilnehmen|fortsetzen)\b",
    asked=r"\b(?:diese[rsnm]?|ihre[rn]?|deine[rn]?|solche[rn]?) (?:\w+ )?"
    r"(?:anfrage|frage|bitte|aufforderung|text|nachricht|thema|gespräch|unterhaltung|wunsch|aufgabe"
    r"|anweisung)e?n?\b"
    r"|\b(?:dabei|hierbei|dazu|hierzu|damit)\b(?=.*\b(?:nicht|kein))",
    whole=r"\bich lehne (?:diese|ihre|deine) (?:anfrage|bitte|frage) ab\b"
    r"|\bich habe keine (?:eigene|persönliche)[nr]? (?:meinung|ansicht|überzeugung)",
)

FRENCH = RefusalWords(
    machine=r"\b(?:en tant qu(?:e |')|je (?:ne )?suis (?:qu')?)(?:une? )?(?:simple )?(?:ia"
    r"|intelligence artificielle|mod[eè]le (?:de langage|linguistique|d'ia)|"
    r"mod[eè]le|assistante? (?:ia|virtuel\w*)|chatbot|machine|programme)\b",
    lack=r"(?:\bne\b|\bn')",
    unable=r"\bje (?:ne (?:peux|puis|pourrai|saurais|souhaite|veux|vais)"
    r"|ne suis (?:malheureusement )?pas (?:malheureusement )?(?:en mesure|capable|autorisée?)|"
    r"refuse|dois|préfère(?:rais)? ne pas)\b",
    act=r"\b(?:aider|répondre|écrire|rédiger|fournir|discuter|commenter|traiter|satisfaire|participer"
    r"|refuser|refuse|"
    r"décliner|donner|exprimer|générer|produire|continuer|accéder)\b",
    asked=r"\b(?:cette|votre|ta|ce|cet|ces|vos) (?:demande|question|requête|message|texte|sujet"
    r"|conversation|discussion|tâche|rôle)s?\b"
    r"|\bavis personnel|\bopinion personnelle",
    whole=r"\bje (?:ne (?:peux|puis)|ne suis) (?:malheureusement )?pas (?:en mesure de "
    r"|capable de )?(?:vous|t')(?: )?aider(?: (?:avec|à propos de) (?:cela|ça))?$"
    r"|\bje (?:ne (?:peux|puis)|préfère ne) pas (?:répondre|aider)(?: à (?:cela|ça))?$",
)

SPANISH = RefusalWords(
    machine=r"\b(?:como|al ser|siendo|(?<!no )soy)(?: (?:sólo|solo))?(?: una?)?(?: simple)? (?:ia"
    r"|inteligencia artificial|modelo (?:de (?:lenguaje|ia)|lingüístico)|"
    r"asistente (?:virtual|de ia)|chatbot)\b",
    lack=r"\b(?:no|neutral|ningun\w*)\b",
    unable=r"\b(?:no (?:puedo|podré|podría|debo|quiero|deseo|estoy (?:capacitad[oa]|en condiciones"
    r"|autorizad[oa]))|me niego|prefiero no|"
    r"debo (?:rechazar|declinar)|tengo que (?:rechazar|declinar))\b",
    act=r"\b(?:ayudar\w*|responder\w*|contestar\w*|escribir\w*|redactar|proporcionar\w*|generar|cumplir"
    r"|atender|hablar|opinar|"
    r"comentar|discutir|participar|dar|expresar|continuar|rechazar|declinar|colaborar)\b",
    asked=r"\b(?:esta|esa|este|ese|tu|su|estas|esas|estos|esos) (?:solicitud|petición|pregunta|mensaje"
    r"|texto|tema|conversación|"
    r"consulta|tarea|papel)(?:es|s)?\b|\bopini(?:ón|ones) personal(?:es)?\b",
    whole=r"\bno (?:puedo|podré) (?:ayudarte|ayudarle|ayudarlos|ayudar)(?: (?:con|en) (?:eso|esto|ello))?$"
    r"|\bno (?:puedo|podré) (?:responder|contestar)(?: a (?:eso|esto|ello))?$"
    r"|\bno tengo opini(?:ón|ones) personal",
)

ITALIAN = RefusalWords(
    machine=r"\b(?:come|in quanto|essendo|(?<!non )sono(?: solo| soltanto)?)(?: una?| un')? ?(?:semplice )?"
    r"(?:ia|(?<=un')ai|intelligenza artificiale|modello (?:linguistico|di linguaggio|di ia)|"
    r"assistente (?:virtuale|ia|ai)|chatbot)\b",
    lack=r"\b(?:non|nessun\w*|neutrale)\b",
    unable=r"\b(?:non (?:posso|potrò|sono in grado|intendo|voglio|sono autorizzat[oa])|mi rifiuto"
    r"|preferisco non|preferirei non|"
    r"devo (?:rifiutare|declinare))\b",
    act=r"\b(?:aiutar\w*|rispondere|risponderti|scrivere|redigere|fornire|generare|soddisfare|discutere"
    r"|commentare|parlare|"
    r"esprimere|continuare|partecipare|rifiutare|declinare|dare|assister\w*)\b",
    asked=r"\b(?:questa|questo|quest'|tua|tuo|sua|suo|queste|questi) ?(?:richiesta|domanda|messaggio"
    r"|testo|argomento|conversazione|"
    r"discussione|compito|ruolo)\b|\bopinion[ei] personal[ei]\b",
    whole=r"\bnon (?:posso|potrò) (?:aiutarti|aiutarla|aiutarvi)(?: (?:con|in) (?:questo|ciò))?$"
    r"|\bnon (?:posso|potrò) rispondere$|\bnon ho opinioni personali",
)

PORTUGUESE = RefusalWords(
    machine=r"\b(?:como|por ser|sendo|(?<!não )sou(?: apenas| só)?)(?: uma?)? (?:simples )?"
    r"(?:(?<=uma )ia|inteligência artificial|modelo (?:de (?:linguagem|ia)|linguístico)|"
    r"assistente (?:virtual|de ia)|chatbot)\b",
    lack=r"\b(?:não|nenhum\w*|neutr[oa])\b",
    unable=r"\b(?:não (?:posso|poderei|consigo|devo|quero|estou (?:apt[oa]|autorizad[oa])|sou capaz)"
    r"|recuso-me|me recuso|prefiro não|"
    r"(?:devo|tenho (?:de|que)) (?:recusar|declinar))\b",
    act=r"\b(?:ajudar|ajudá-l[oa]|responder|escrever|redigir|fornecer|gerar|atender|cumprir|discutir"
    r"|comentar|falar|opinar|"
    r"expressar|continuar|participar|recusar|declinar|dar)\b",
    asked=r"\b(?:est[ea]|ess[ea]|sua|seu|tua|teu|a est[ea]|a ess[ea]|dess[ea]|dest[ea]"
    r"|ness[ea]) (?:pedido|pergunta|solicitação|mensagem|texto|"
    r"tema|conversa|tarefa|assunto|papel)\b|\bopini(?:ão|ões) pesso(?:al|ais)\b",
    whole=r"\bnão (?:posso|poderei|consigo) (?:te |o |lhe )?(?:ajudar|ajudá-l[oa])(?: (?:com"
    r"|em) (?:isso|isto))?$"
    r"|\bnão (?:posso|poderei) responder(?: a (?:isso|isto))?$|\bnão tenho opini(?:ão|ões) pesso",
)

RUSSIAN = RefusalWords(
    machine=r"\b(?:как|будучи|я)(?: всего лишь| просто"
    r"| лишь)?[ ,—-]+(?:(?:большая )?языков\w+ модель\w*|(?:большой )?искусственн\w+ интеллект\w*|ии|"
    r"чат-?бот\w*|программ\w+|нейросет\w+|виртуальн\w+ помощник\w*)",
    lack=r"\b(?:не|нет)\b",
    unable=r"\bя (?:\w+ )?(?:не (?:могу|смогу|буду|хочу|хотел\w* бы|вправе|в состоянии)"
    r"|вынужден\w* (?:отказать\w*|отклонить)|отказываюсь|"
    r"предпочитаю не)\b|\bне могу\b",
    act=r"\b(?:помочь|помогать|ответить|отвечать|выполнить|написать|обсуждать|обсудить|комментировать"
    r"|высказ\w+|"
    r"предоставить|продолжать|отказ\w+|отклонить|участвовать|сказать)\b",
    asked=r"\b(?:эт\w{1,3}|ваш\w*|тво\w+|так\w{2,3}|подобн\w+) (?:\w+ )?(?:запрос\w*|вопрос\w*"
    r"|просьб\w*|тем\w{1,3}|текст\w*|сообщени\w*|"
    r"разговор\w*|задани\w*|беседе|беседу|роль)\b",
    whole=r"\b(?:не могу|не смогу) (?:вам |тебе )?(?:с этим |в этом )?помочь(?: (?:с этим"
    r"|в этом))?(?: (?:вам|тебе))?$"
    r"|\b(?:не могу|не смогу) (?:на это )?ответить$",
)

CHINESE = RefusalWords(
    machine=r"(?:作为|身为|我(?:只)?是)(?:一个|一名|一款|个)?(?:大型)?(?:ai|人工智能|语言模型|大语言模型|聊天机器人|机器人|程序)",
    lack=r"(?:没有|不|无法|中立)",
    unable=r"(?:无法|不能|不便|不会|不可以|不方便|拒绝|恕)",
    act=r"(?:回答|协助|帮助|提供|完成|讨论|评论|满足|生成|撰写|写|参与|继续|回应|答复|处理)",
    asked=r"(?:(?:您|你)的(?:\w{0,2})?(?:问题|请求|要求)|(?:这个|该|此|这类|这样的|这一|此类)(?:问题|请求|要求|话题|内容|信息|文本|对话|任务))",
    whole=r"(?:抱歉|对不起|很遗憾)[^。]*(?:无法|不能)(?:为您|为你|给您|给你)?(?:提供)?(?:帮助|协助|回答|帮忙)(?:您|你)?$",
)

JAPANESE = RefusalWords(
    machine=r"(?:私は|わたしは)?(?:単なる|ただの)?(?:ai|人工知能|言語モデル|チャットボット|プログラム)(?:言語モデル|アシスタント|モデル)?(?:として|である"
    r"|なので|ですので|ですから|であり|の私|には|です)",
    lack=r"(?:ない|ません|できず|中立)",
    unable=r"(?:できません|できない|できかねます|お応えしかね|お答えしかね|いたしかねます|差し控え|控えさせて|お断り|かねます|応じられ|答えられ)",
    act=r"(?:回答|答え|応え|お答え|お応え|手伝|対応|協力|応じ|書く|作成|コメント|議論|断り)",
    asked=r"(?:(?:この|その|そのような|このような|ご|あなたの)(?:ご)?(?:質問|依頼|要望|要求|リクエスト|話題|内容|文章|メッセージ|会話|トピック))",
    whole=r"(?:申し訳|すみません|ごめんなさい|恐れ入り)[^。]*(?:お手伝い|お答え|お応え|対応|回答|お力)[^。]*(?:できません|できない|かねます|なれません)",
)

ARABIC = RefusalWords(
    machine=r"(?:بصفتي|بوصفي|باعتباري|كوني|لأنني|لكوني|أنا|ك)(?:\s?(?:مجرد|أنا))?\s?(?:نموذج\w*|ذكاء"
    r"|برنامج\w*|روبوت\w*|مساعد\w*)\s?"
    r"(?:لغوي\w*|لغة|اصطناعي\w*|ذكي\w*|محادثة|آلي\w*|افتراضي\w*)?",
    lack=r"(?:ليس|ليست|لا|لن)(?=\s)",
    unable=r"(?:لا (?:أستطيع|يمكنني|أقدر|أود|أرغب)|لن (?:أستطيع|أتمكن|أجيب)|لست قادرا|أعتذر عن|أرفض"
    r"|غير قادر)",
    act=r"(?:مساعدتك|مساعدتكم|المساعدة|الإجابة|الرد|إجابة|كتابة|تقديم|مناقشة|التعليق|تلبية|تنفيذ|أجيب"
    r"|المشاركة)",
    asked=r"(?:هذا|هذه|طلبك|سؤالك|ذلك)\s?(?:الطلب|السؤال|الموضوع|النص|الرسالة|المحادثة|المهمة)?",
    whole=r"(?:لا (?:أستطيع|يمكنني)|لن أستطيع) (?:مساعدتك|المساعدة|الإجابة|الرد)$|ليس لدي (?:رأي شخصي"
    r"|آراء شخصية)",
)

HINDI = RefusalWords(
    machine=r"(?:एआई|ए\.?आई\.?|भाषा मॉडल|कृत्रिम बुद्धिमत्ता|चैटबॉट|कंप्यूटर प्रोग्राम)(?: मॉडल"
    r"| सहायक)?(?: के रूप में| होने के नाते| हूँ| हूं| हूॅं)",
    lack=r"(?:नहीं|कोई)",
    unable=r"(?:नहीं (?:कर|दे|लिख|बता|कह) (?:सकता|सकती|सकते|पाऊँगा|पाऊंगा)|असमर्थ|नहीं (?:करूँगा|दूँगा"
    r"|लिखूँगा|दूंगा|करूंगा|चाहूँगा|चाहूंगा)|इनकार करता|मना करता)",
    act=r"(?:मदद|सहायता|उत्तर|जवाब|लिख|चर्चा|बात|टिप्पणी|पूरा)",
    asked=r"(?:(?:इस|आपके|आपकी|ऐसे|उस) (?:\S+ )?(?:अनुरोध|प्रश्न|सवाल|विषय|संदेश|बातचीत|कार्य|निवेदन))",
    whole=r"इसमें (?:आपकी )?(?:मदद|सहायता) नहीं कर (?:सकता|सकती)",
)

LANGUAGES: dict[str, RefusalWords] = {
    "en": ENGLISH,
    "de": GERMAN,
    "fr": FRENCH,
    "es": SPANISH,
    "it": ITALIAN,
    "pt": PORTUGUESE,
    "ru": RUSSIAN,
    "zh": CHINESE,
    "ja": JAPANESE,
    "ar": ARABIC,
    "hi": HINDI,
}
"""The languages in which refusals are told, by their codes."""

PARTS = ("machine", "lack", "unable", "act", "asked", "whole")


@cache
def patterns() -> tuple[dict[str, re.Pattern[str]], ...]:
    """Return the compiled expressions of every language, by part; compiled when first needed."""
    return tuple({part: re.compile(getattr(words, part)) for part in PARTS} for words in LANGUAGES.values())
